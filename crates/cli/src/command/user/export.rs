//! `jotgate user export`: all users into a file, for moving elsewhere.

use std::io::{BufWriter, Write};

use jotgate_server::flow::export_users::{Export as Exporting, Exported};
use jotgate_server::text::Language;
use serde_json::{Value, json};

use super::super::beside::{refused, with_app};
use super::super::private_file::begin;
use super::import::own::COLUMNS;
use crate::args::user::{Export, ExportFormat};
use crate::failure::Failure;
use crate::output::Output;
use crate::words::rfc3339;

pub(super) fn export(args: &Export, output: &Output) -> Result<(), Failure> {
    let mut file = BufWriter::new(begin(&args.file)?);
    let written = with_app(&args.settings, output, async |app| {
        let mut exporting = Exporting::new(args.with_password_hashes);
        let mut written = 0_u64;
        if args.format == ExportFormat::Csv {
            row(&mut file, COLUMNS.iter().copied())?;
        }
        loop {
            let page = exporting.page(app, PAGE).await.map_err(|error| refused(&error))?;
            if page.is_empty() {
                return Ok(written);
            }
            for user in &page {
                let value = json_of(user);
                match args.format {
                    ExportFormat::Jsonl => writeln!(file, "{value}").map_err(|error| unwritten(&error))?,
                    ExportFormat::Csv => row(&mut file, COLUMNS.iter().map(|name| field(name, &value)))?,
                }
                written += 1;
            }
            output.progress(format_args!("{written} users written"));
        }
    })?;
    output.progress("");
    file.flush().map_err(|error| unwritten(&error))?;
    output.answer(&json!({ "users": written, "file": args.file }), || {
        format!("wrote {written} users to {}", args.file.display())
    });
    Ok(())
}

/// As `jotgate user import --from jsonl` reads it; what is not there is left out.
fn json_of(exported: &Exported) -> Value {
    let Exported { view, password_hash } = exported;
    let user = &view.user;
    let mut value = json!({
        "id": user.id, "email": user.email, "email_verified": user.email_verified, "username": user.username,
        "name": user.name, "language": user.language.map(Language::code), "roles": user.roles, "data": user.data, "created_at": rfc3339(user.created_at),
        "disabled": view.disabled_at.is_some(), "password_hash": password_hash,
    });
    if let Some(members) = value.as_object_mut() {
        members.retain(|_, member| !member.is_null());
    }
    value
}

fn field(name: &str, user: &Value) -> String {
    match &user[name] {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(words) => words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

fn row<F: AsRef<[u8]>>(file: &mut impl Write, fields: impl Iterator<Item = F>) -> Result<(), Failure> {
    let mut csv = csv::Writer::from_writer(file);
    csv.write_record(fields).map_err(|error| unwritten(&error))?;
    csv.flush().map_err(|error| unwritten(&error))
}

fn unwritten(error: &dyn std::fmt::Display) -> Failure {
    Failure::environment(format!("the export could not be written: {error}"))
}

const PAGE: u32 = 500;

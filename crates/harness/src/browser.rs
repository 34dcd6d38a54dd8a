//! A browser without scripts: keeps cookies, follows redirects, reads pages and sends their forms.
//!
//! It reads the markup that our templates make and no other: attributes in double quotes, closed tags.

use http::Method;

use crate::{Answer, TestApp};

/// One browser of one person.
pub struct Browser<'a> {
    app: &'a TestApp,
    jar: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    peer: Option<String>,
}

/// A page that the browser shows.
pub struct Page {
    /// Where it is, query included.
    pub path: String,
    /// The answer as it came.
    pub answer: Answer,
    /// The addresses that led here, each with its status.
    pub hops: Vec<(u16, String)>,
}

/// A form of a page.
#[derive(Debug, Clone)]
pub struct Form {
    /// Where it is sent.
    pub action: String,
    /// Its fields, with what stands in them.
    pub fields: Vec<(String, String)>,
    /// What its buttons say.
    pub buttons: Vec<String>,
    /// What each sends when it is pressed.
    sends: Vec<Option<(String, String)>>,
    method: Method,
}

impl<'a> Browser<'a> {
    /// With an empty jar.
    pub fn new(app: &'a TestApp) -> Self {
        Self { app, jar: Vec::new(), headers: Vec::new(), peer: None }
    }

    /// Sends this header with every request.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sits at this address.
    #[must_use]
    pub fn at(mut self, peer: &str) -> Self {
        self.peer = Some(peer.to_owned());
        self
    }

    /// A cookie in the jar.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.jar.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }

    /// Everything in the jar.
    pub fn cookies(&self) -> &[(String, String)] {
        &self.jar
    }

    /// Puts a cookie into the jar; an empty value takes it out.
    pub fn set_cookie(&mut self, name: &str, value: &str) {
        self.jar.retain(|(known, _)| known != name);
        if !value.is_empty() {
            self.jar.push((name.to_owned(), value.to_owned()));
        }
    }

    /// Opens an address and follows where it leads.
    pub async fn open(&mut self, path: &str) -> Page {
        self.go(Method::GET, path.to_owned(), None).await
    }

    /// Fills in the form that has all these fields and sends it; other fields keep what is in them.
    pub async fn submit(&mut self, page: &Page, filled: &[(&str, &str)]) -> Page {
        let has_all = |form: &Form| filled.iter().all(|(name, _)| form.field(name).is_some());
        let form = page.forms().into_iter().find(has_all);
        let form = form.unwrap_or_else(|| panic!("no form at {} has {filled:?}", page.path));
        self.send(&form, filled).await
    }

    /// Presses the button with this label.
    pub async fn press(&mut self, page: &Page, label: &str) -> Page {
        let has_it = |form: &Form| form.buttons.iter().any(|button| button == label);
        let form = page.forms().into_iter().find(has_it);
        let mut form =
            form.unwrap_or_else(|| panic!("no button {label:?} at {}: {:?}", page.path, page.forms()));
        let pressed = form.buttons.iter().position(|button| button == label);
        form.fields.extend(pressed.and_then(|n| form.sends[n].clone()));
        self.send(&form, &[]).await
    }

    /// Sends a form.
    pub async fn send(&mut self, form: &Form, filled: &[(&str, &str)]) -> Page {
        let mut fields = form.fields.clone();
        for (name, value) in filled {
            if ["password", "current", "new", "code", "token"].contains(name) {
                self.app.remember(value);
            }
            let field = fields.iter_mut().find(|(known, _)| known == name);
            field.unwrap_or_else(|| panic!("the form has no field {name}")).1 = (*value).to_owned();
        }
        let pairs: Vec<_> =
            fields.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
        let body = pairs.join("&");
        if form.method == Method::GET {
            return self.go(Method::GET, format!("{}?{body}", form.action), None).await;
        }
        self.go(Method::POST, form.action.clone(), Some(body)).await
    }

    async fn go(&mut self, mut method: Method, mut path: String, mut body: Option<String>) -> Page {
        let mut hops = Vec::new();
        for _ in 0..MOST_HOPS {
            let answer = self.ask(&method, &path, body.take()).await;
            self.take(&answer);
            let location = answer.header("location").to_owned();
            if !(300..400).contains(&answer.status) || location.is_empty() {
                return Page { path, answer, hops };
            }
            assert!(location.starts_with('/'), "led away to {location}");
            hops.push((answer.status, path));
            (method, path) = (Method::GET, location);
        }
        panic!("led in circles: {hops:?}");
    }

    async fn ask(&self, method: &Method, path: &str, body: Option<String>) -> Answer {
        let path = path.split('#').next().unwrap_or_default();
        let mut call = self.app.call(method.clone(), path).cookies(&self.jar);
        for (name, value) in &self.headers {
            call = call.header(name, value);
        }
        if let Some(peer) = &self.peer {
            call = call.from(peer);
        }
        if let Some(body) = body {
            let origin = self.app.app.config.issuer.origin().to_string();
            call = call.header("origin", &origin).body("application/x-www-form-urlencoded", body);
        }
        call.header("accept", "text/html").send().await
    }

    fn take(&mut self, answer: &Answer) {
        for line in answer.headers.get_all(http::header::SET_COOKIE) {
            let line = line.to_str().expect("cookies are text");
            let pair = line.split(';').next().and_then(|pair| pair.split_once('='));
            let (name, value) = pair.expect("a cookie is a name and a value");
            self.set_cookie(name, if line.contains("Max-Age=0;") { "" } else { value });
        }
    }
}

impl Page {
    /// The status.
    pub fn status(&self) -> u16 {
        self.answer.status
    }

    /// The markup.
    pub fn html(&self) -> String {
        self.answer.text()
    }

    /// What a reader sees: the text without tags, blanks drawn together.
    pub fn text(&self) -> String {
        let html = self.html();
        let body = html.split_once("<body").map_or(html.as_str(), |(_, body)| body);
        let pieces = body.split('<').skip(1).filter_map(|piece| piece.split_once('>'));
        let text: Vec<_> = pieces.flat_map(|(_, text)| text.split_whitespace()).collect();
        unescaped(&text.join(" "))
    }

    /// Whether a reader sees this.
    pub fn says(&self, words: &str) -> bool {
        self.text().contains(words)
    }

    /// The heading.
    pub fn heading(&self) -> String {
        let html = self.html();
        let inner = html.split_once("<h1>").and_then(|(_, rest)| rest.split_once("</h1>"));
        unescaped(inner.map_or("", |(heading, _)| heading))
    }

    /// What stands in a field.
    pub fn field(&self, name: &str) -> Option<String> {
        self.forms().iter().find_map(|form| form.field(name).map(str::to_owned))
    }

    /// The addresses that the page links to.
    pub fn links(&self) -> Vec<String> {
        let html = self.html();
        tags(&html).iter().filter(|tag| tag.name == "a").filter_map(|tag| tag.attribute("href")).collect()
    }

    /// Its forms, in order.
    pub fn forms(&self) -> Vec<Form> {
        let html = self.html();
        let here = self.path.split('?').next().unwrap_or_default().to_owned();
        let mut forms = Vec::new();
        for piece in html.split("<form").skip(1) {
            let piece = format!("<form{}", piece.split("</form>").next().unwrap_or_default());
            forms.push(Form::read(&piece, &here));
        }
        forms
    }
}

impl Form {
    /// What stands in a field.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn read(html: &str, here: &str) -> Self {
        let tags = tags(html);
        let attribute = |name: &str| tags.first().and_then(|form| form.attribute(name));
        let is_post = attribute("method").is_some_and(|method| method.eq_ignore_ascii_case("post"));
        let mut form = Self {
            action: attribute("action").unwrap_or_else(|| here.to_owned()),
            fields: Vec::new(),
            buttons: Vec::new(),
            sends: Vec::new(),
            method: if is_post { Method::POST } else { Method::GET },
        };
        for tag in &tags {
            let kind = tag.attribute("type").unwrap_or_default();
            let off = matches!(kind.as_str(), "checkbox" | "radio") && !tag.has("checked");
            match (tag.name, tag.attribute("name")) {
                ("button", name) => {
                    let label = tag.text.split_whitespace().collect::<Vec<_>>().join(" ");
                    form.buttons.push(unescaped(&label));
                    form.sends.push(name.map(|name| (name, tag.attribute("value").unwrap_or_default())));
                }
                ("input", Some(name)) if !off => {
                    form.fields.push((name, tag.attribute("value").unwrap_or_default()));
                }
                ("textarea", Some(name)) => form.fields.push((name, unescaped(tag.text))),
                ("select", Some(name)) => form.fields.push((name, String::new())),
                ("option", _) if tag.has("selected") => {
                    if let Some((_, value)) = form.fields.last_mut() {
                        *value = tag.attribute("value").unwrap_or_default();
                    }
                }
                _ => {}
            }
        }
        form
    }
}

/// An opening tag and the text up to the next tag.
struct Tag<'h> {
    name: &'h str,
    attributes: &'h str,
    text: &'h str,
}

impl Tag<'_> {
    fn attribute(&self, name: &str) -> Option<String> {
        let (_, rest) = self.attributes.split_once(&format!(" {name}=\""))?;
        rest.split_once('"').map(|(value, _)| unescaped(value))
    }

    fn has(&self, name: &str) -> bool {
        self.attributes.split_whitespace().any(|word| word == name)
    }
}

fn tags(html: &str) -> Vec<Tag<'_>> {
    let pieces = html.split('<').filter_map(|piece| piece.split_once('>'));
    let tags = pieces.map(|(tag, text)| {
        let name = tag.split_whitespace().next().unwrap_or_default();
        Tag { name, attributes: &tag[name.len()..], text }
    });
    tags.collect()
}

fn unescaped(text: &str) -> String {
    let named = [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")];
    named.iter().fold(text.to_owned(), |text, (code, sign)| text.replace(code, sign))
}

fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

const MOST_HOPS: usize = 10;

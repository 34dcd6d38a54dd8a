//! Jotgate's column of the table: every bad token refused, both good ones taken.

use jotgate_interop_common::{Ours, Peer, Verdict, both_ways, probes};

#[test]
fn every_bad_token_is_refused_and_the_good_ones_are_not() {
    for probe in probes() {
        let wanted =
            if probe.name.starts_with("*good token*") { Verdict::Accepted } else { Verdict::Refused };
        assert_eq!(Ours::judge(&probe), wanted, "{}", probe.name);
    }
}

#[test]
fn what_it_signs_it_verifies() {
    both_ways::<Ours>();
}

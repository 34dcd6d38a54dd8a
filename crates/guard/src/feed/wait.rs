//! How long the follower waits before it asks again.

use std::time::Duration;

use jotgate_token::{Random, random};

/// Waits that double from a tenth of a second to five.
///
/// Each is between half and all of its length by chance, so that a hundred guards do not come back to a server that was
/// restarted at one moment.
#[derive(Debug, Default)]
pub(super) struct Waits(u32);

impl Waits {
    /// The next one.
    pub(super) fn next(&mut self, random: &dyn Random) -> Duration {
        let full = (FIRST * 2_u32.saturating_pow(self.0.min(16))).min(LONGEST);
        self.0 = self.0.saturating_add(1);
        let [by_chance] = random::array(random);
        full / 2 + full / 2 * u32::from(by_chance) / 255
    }

    /// Something good came: the next wait is the first again.
    pub(super) fn restart(&mut self) {
        self.0 = 0;
    }
}

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    struct Always(u8);
    impl Random for Always {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    #[test]
    fn waits_double_up_to_five_seconds() {
        for (by_chance, parts) in [(0, 2), (255, 1)] {
            let mut waits = Waits::default();
            let random = Always(by_chance);
            let met: Vec<u128> = (0..8).map(|_| waits.next(&random).as_millis() * parts).collect();
            assert_eq!(met, [100, 200, 400, 800, 1600, 3200, 5000, 5000]);
            waits.restart();
            assert_eq!(waits.next(&random).as_millis() * parts, 100);
        }
    }
}

//! A worker's main loop: the driver asks on standard input, one line each, and gets one line back.
//!
//!     list                 the names of the cases
//!     time NAME NANOS      nanoseconds of thread CPU time for one operation, measured for about NANOS
//!     count NAME           allocations and bytes of one operation

use std::io::{self, BufRead, Write};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Something to be timed. It checks its own outcome and panics when that is not what it should be.
pub struct Case {
    name: String,
    run: Box<dyn FnMut()>,
    /// Operations between two looks at the clock, so that looking costs nothing.
    batch: u32,
}

/// How a counting binary counts: allocations and bytes of one call.
pub type Count = fn(&mut dyn FnMut()) -> (u64, u64);

/// What a worker offers.
#[derive(Default)]
pub struct Cases(Vec<Case>);

impl Cases {
    pub fn add(&mut self, name: impl Into<String>, run: impl FnMut() + 'static) {
        self.0.push(Case { name: name.into(), run: Box::new(run), batch: 1 });
    }

    fn named(&mut self, name: &str) -> &mut Case {
        self.0.iter_mut().find(|case| case.name == name).expect("the driver asks for what was listed")
    }
}

/// Answers until the driver closes the pipe.
///
/// # Panics
/// When a case fails, because then there is nothing worth measuring.
pub fn serve(mut cases: Cases, count: Option<Count>) {
    for line in io::stdin().lock().lines() {
        let line = line.expect("the driver writes text");
        let words: Vec<_> = line.split(' ').collect();
        let answer = match (words.as_slice(), count) {
            (["list"], _) => cases.0.iter().map(|case| case.name.as_str()).collect::<Vec<_>>().join(" "),
            (["time", name, nanos], _) => {
                let budget = Duration::from_nanos(nanos.parse().expect("a number"));
                cases.named(name).time(budget).to_string()
            }
            (["count", name], Some(count)) => {
                let run = &mut cases.named(name).run;
                // The first calls fill what is lazily made.
                (0..3).for_each(|_| run());
                let (allocations, bytes) = count(run);
                format!("{allocations} {bytes}")
            }
            _ => panic!("no such request: {line}"),
        };
        println!("{answer}");
        io::stdout().flush().expect("the driver listens");
    }
}

impl Case {
    fn time(&mut self, budget: Duration) -> f64 {
        let (mut spent, mut operations) = (Duration::ZERO, 0u64);
        while spent < budget {
            let started = cpu();
            for _ in 0..self.batch {
                (self.run)();
            }
            let took = cpu() - started;
            spent += took;
            operations += u64::from(self.batch);
            if took < ENOUGH && self.batch < 1 << 20 {
                self.batch *= 2;
                // What was measured in too small a batch is forgotten.
                (spent, operations) = (Duration::ZERO, 0);
            }
        }
        spent.as_nanos() as f64 / operations as f64
    }
}

/// Time this thread was on a core; another program's turn is not in it.
fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// A look at the clock takes some 0.3 µs: here, three in ten thousand.
const ENOUGH: Duration = Duration::from_millis(1);

//! Work done by several threads, handed on in order.

use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// Results that a thread may be ahead of whoever takes them.
const AHEAD: usize = 2;

/// Does the jobs in `threads` threads and gives every result to `take`, all of the first job's before the second's. A job
/// hands out results until the function it is given says that no more are wanted. The first error from a job or from
/// `take` ends everything.
///
/// Own threads rather than a pool's: a job waits while its results are not taken, and a pool whose threads all wait for
/// jobs that have not begun stands still.
pub(crate) fn in_order<J: Sync, T: Send, E: Send>(
    jobs: &[J],
    threads: usize,
    work: impl Fn(&J, &mut dyn FnMut(T) -> bool) -> Result<(), E> + Sync,
    mut take: impl FnMut(usize, T) -> Result<(), E>,
) -> Result<(), E> {
    let threads = threads.clamp(1, jobs.len().max(1));
    thread::scope(|scope| {
        let work = &work;
        let mut workers: Vec<Receiver<Result<Option<T>, E>>> = Vec::new();
        let mut handles = Vec::new();
        for first in 0..threads {
            let (to, from) = sync_channel(AHEAD);
            workers.push(from);
            handles.push(scope.spawn(move || {
                for job in jobs.iter().skip(first).step_by(threads) {
                    if !run(job, work, &to) {
                        break;
                    }
                }
            }));
        }
        let mut result = Ok(());
        'jobs: for at in 0..jobs.len() {
            loop {
                match workers[at % threads].recv() {
                    Ok(Ok(Some(it))) => result = take(at, it),
                    Ok(Ok(None)) => break,
                    Ok(Err(error)) => result = Err(error),
                    // The thread is gone without a word: it panicked, which comes out below.
                    Err(_) => break 'jobs,
                }
                if result.is_err() {
                    break 'jobs;
                }
            }
        }
        drop(workers);
        for it in handles {
            it.join().unwrap_or_else(|panic| resume_unwind(panic));
        }
        result
    })
}

/// Does one job; `false` if nobody listens any more or it failed.
fn run<J, T, E>(
    job: &J,
    work: &impl Fn(&J, &mut dyn FnMut(T) -> bool) -> Result<(), E>,
    to: &SyncSender<Result<Option<T>, E>>,
) -> bool {
    match work(job, &mut |it| to.send(Ok(Some(it))).is_ok()) {
        Ok(()) => to.send(Ok(None)).is_ok(),
        Err(error) => {
            // If nobody listens, someone else's error came first.
            let _ = to.send(Err(error));
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(jobs: &[usize], threads: usize, fail_at: Option<usize>) -> (Vec<(usize, usize)>, Result<(), usize>) {
        let mut taken = Vec::new();
        let work = |job: &usize, emit: &mut dyn FnMut(usize) -> bool| {
            for it in 0..*job {
                if Some(*job) == fail_at && it == 1 {
                    return Err(*job);
                }
                if !emit(it) {
                    break;
                }
            }
            Ok(())
        };
        let result = in_order(jobs, threads, work, |at, it| {
            taken.push((at, it));
            Ok(())
        });
        (taken, result)
    }

    #[test]
    fn results_come_in_the_order_of_the_jobs_whatever_the_number_of_threads() {
        let jobs = [3, 0, 40, 1, 7];
        let expected = count(&jobs, 1, None);
        for threads in [2, 3, 9] {
            assert_eq!(count(&jobs, threads, None), expected);
        }
        assert_eq!(expected.0.len(), 51);
        assert_eq!(count(&[], 4, None).0, []);
    }

    #[test]
    fn the_first_error_in_order_ends_it() {
        let (taken, result) = count(&[5, 9, 40, 40], 4, Some(9));
        assert_eq!(result, Err(9));
        assert_eq!(taken.len(), 6);
    }

    #[test]
    fn a_receiver_that_gives_up_stops_the_threads() {
        let endless = |_: &u8, emit: &mut dyn FnMut(u8) -> bool| {
            while emit(1) {}
            Ok(())
        };
        let result = in_order(&[1, 2, 3], 3, endless, |_, _| Err("enough"));
        assert_eq!(result, Err("enough"));
    }
}

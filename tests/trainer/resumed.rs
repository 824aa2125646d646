//! Runs that are stopped and resumed take the very steps that they would have taken.

use crate::network::{Folder, go_on, recorded, stop_after};
use tf::train::*;

#[test]
fn a_run_that_is_resumed_takes_the_steps_that_it_would_have_taken() {
    let until = Until::epochs(6);
    let (whole, report) = recorded(None, until, go_on);
    assert_eq!((report.steps, report.ended, whole.len()), (42, Ended::Finished, 42));
    // In the middle of an epoch, at its end, and after what no checkpoint has: each time by a model that is made anew.
    for (name, at) in [("middle", 17), ("end", 21)] {
        let folder = Folder::new(name);
        let checkpoints = || Checkpoints::within(&folder.0).every(Every::steps(4)).resumed();
        let (before, stopped) = recorded(Some(checkpoints()), until, stop_after(at));
        assert_eq!((stopped.ended, stopped.steps), (Ended::Stopped, at));
        let (after, resumed) = recorded(Some(checkpoints()), until, go_on);
        assert_eq!(resumed.resumed_at, Some(at));
        assert_eq!([before, after].concat(), whole, "{name}");
        assert_eq!(
            (resumed.metrics, resumed.best, resumed.curves),
            (report.metrics.clone(), report.best, report.curves.clone())
        );
    }
}

#[test]
fn a_run_goes_on_from_any_checkpoint_that_is_named() {
    let folder = Folder::new("named");
    let until = Until::steps(30);
    let (whole, _) = recorded(None, until, go_on);
    let checkpoints = || Checkpoints::within(&folder.0).every(Every::steps(8)).keep(0).resumed();
    recorded(Some(checkpoints()), Until::steps(30), stop_after(21));
    let earlier = checkpoints().resumed_from(folder.0.join("model-16"));
    let (after, resumed) = recorded(Some(earlier), until, go_on);
    assert_eq!(resumed.resumed_at, Some(16));
    assert_eq!(after, whole[16..]);
}

//! A process that is killed while it saves leaves a checkpoint that is whole.
#![cfg(unix)]

mod folder;

use folder::Folder;
use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};
use tf_core::{Checkpoint, Graph, Saver, Session, VariableOptions, get_variable, latest_checkpoint, zeros_initializer};

const FOLDER: &str = "TF_SCOPE_SAVES_INTO";
/// Large enough that writing takes a while: a kill often falls into it.
const ELEMENTS: usize = 60_000;

fn graph() -> Graph {
    let graph = Graph::new();
    let made = graph.build(|| {
        let variable = |name| {
            let options = VariableOptions::new().initializer(zeros_initializer());
            get_variable::<f32, _, _>(name, [ELEMENTS], options)
                .assign_add(tf_core::fill(tf_core::constant([ELEMENTS as i32]), 1.0f32))
        };
        tf_core::group([variable("a").op(), variable("b").op()])
    });
    made.unwrap();
    graph
}

/// What the killed process does, when it is this program that is started again: saves step after step, and says which are done.
#[test]
fn saves_until_it_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let folder = Path::new(&folder);
    let graph = graph();
    let session = Session::new(&graph).unwrap();
    let saver = Saver::new(&graph).max_to_keep(2);
    let from = match latest_checkpoint(folder).unwrap() {
        Some(latest) => {
            let _ = saver.restore(&session, latest).unwrap();
            session.store().get("a").unwrap().as_slice::<f32>().unwrap()[0] as i32
        }
        None => {
            session.initialize().unwrap();
            0
        }
    };
    for step in from + 1.. {
        for name in ["a", "b"] {
            session.store().set(name, ndarray_of(step as f32)).unwrap();
        }
        saver.save_step(&session, folder.join("m"), step).unwrap();
        saver.save(&session, folder.join("last")).unwrap();
        println!("\nsaved {step}");
    }
}

fn ndarray_of(x: f32) -> tf_core::Value {
    tf_core::IntoValue::<f32>::into_value(vec![x; ELEMENTS])
}

/// The one number that every element of a checkpoint is.
fn step_of(file: &Path) -> i32 {
    let checkpoint = Checkpoint::open(file).unwrap();
    let (a, b) = (checkpoint.get("a").unwrap(), checkpoint.get("b").unwrap());
    let (a, b) = (a.as_slice::<f32>().unwrap(), b.as_slice::<f32>().unwrap());
    assert!(a.iter().chain(b).all(|x| *x == a[0]), "{}", file.display());
    a[0] as i32
}

#[test]
fn a_kill_at_any_point_leaves_the_last_checkpoint_whole() {
    let folder = Folder::new("kill");
    let mut before = 0;
    for round in 0..12u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "saves_until_it_is_killed", "--nocapture", "--test-threads=1"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let step = |line: &str| line.strip_prefix("saved ").map(|step| step.parse::<i32>().unwrap());
        // The kill falls somewhere after the first save of this process: spread over what a save or two take.
        let first = lines.by_ref().map_while(Result::ok).find_map(|line| step(&line)).expect("it saves once");
        std::thread::sleep(Duration::from_micros((round * 7_919) % 20_011));
        child.kill().unwrap();
        child.wait().unwrap();
        let told = lines.map_while(Result::ok).filter_map(|line| step(&line)).last().unwrap_or(first);

        let latest = latest_checkpoint(folder.path()).unwrap().expect("a checkpoint is recorded");
        let found = step_of(&latest);
        assert!(found >= told && found > before, "round {round}: {found} after {told} and {before}");
        // One name written over and over is whole too, and what is recorded is there.
        let last = step_of(&folder.file("last.safetensors"));
        assert!(last >= told, "round {round}: {last} after {told}");
        before = found;
    }
    // What a killed process left unfinished is swept by the next save, up to what the last one left.
    let unfinished = folder.names().into_iter().filter(|name| name.ends_with("unfinished")).count();
    assert!(unfinished <= 1, "{:?}", folder.names());
}

//! More programs of saver_test.py and checkpoint_management_test.py: names of files, which of them are kept, parts, what a file says.

use crate::{
    checkpoints::{Folder, code},
    flat, started, unread,
};
use std::{
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};
use tf::{
    Checkpoint, CheckpointState, Element, Graph, Initializer, Partitioner, Result, Saver, Session, Variable,
    VariableOptions, constant_initializer, device, fixed_size_partitioner, get_variable, init_from_checkpoint,
    latest_checkpoint, ones_initializer, random_uniform_initializer, slicing_partitioner, variable_scope,
    zeros_initializer,
};

fn one(name: &str) -> Result<(Graph, Variable<f32>)> {
    let graph = Graph::new();
    let options = VariableOptions::new().initializer(ones_initializer());
    let v = graph.build(|| get_variable(name, [], options))?;
    Ok((graph, v))
}

fn name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).expect("a name of ASCII")
}

/// A checkpoint may be called as the state file: its extension keeps them apart. Without one it is refused (B11).
#[test]
fn a_checkpoint_called_checkpoint_is_not_the_state_file() -> Result<()> {
    let folder = Folder::new("collision");
    let (graph, _) = one("a")?;
    let session = started(&graph)?;
    let saver = Saver::new(&graph);
    let saved = saver.save(&session, folder.file("checkpoint"))?;
    assert_eq!(name(&saved), "checkpoint.safetensors");
    assert_eq!(latest_checkpoint(&folder.0)?, Some(saved));
    let stepped = saver.save_step(&session, folder.file("checkpoint"), 1)?;
    assert_eq!(name(&stepped), "checkpoint-1.safetensors");
    assert_eq!(latest_checkpoint(&folder.0)?, Some(stepped));
    let colliding = Saver::new(&graph).state_file("checkpoint.safetensors");
    assert_eq!(code(colliding.save(&session, folder.file("checkpoint"))), "E-SAVER");
    Ok(())
}

/// Numbers of steps are filled up with zeros where that is asked for, and are whole otherwise (B8).
#[test]
fn step_numbers_are_filled_up_when_asked_to() -> Result<()> {
    let folder = Folder::new("padded");
    let (graph, _) = one("v")?;
    let session = started(&graph)?;
    for (pad, expected) in [(false, "ckpt-5.safetensors"), (true, "ckpt-00000005.safetensors")] {
        let saver = Saver::new(&graph);
        let saver = if pad { saver.pad_step_number() } else { saver };
        assert_eq!(name(&saver.save_step(&session, folder.file("ckpt"), 5)?), expected);
    }
    Ok(())
}

/// Beside the last two, one is kept for each period: the others are deleted as they drop out (B19, B20).
#[test]
fn one_checkpoint_of_each_period_is_kept() -> Result<()> {
    let folder = Folder::new("period");
    let (graph, _) = one("v")?;
    let session = started(&graph)?;
    let saver = Saver::new(&graph).max_to_keep(2).keep_one_every(Duration::from_secs(3600));
    let save = |n: u32| saver.save(&session, folder.file(&format!("s{n}")));
    let (s1, s2) = (save(1)?, save(2)?);
    // As if they had been saved hours from now, one hour and a little apart.
    let hours = |n: u64| SystemTime::now() + Duration::from_secs(3600 * n + 60);
    saver.set_last_checkpoints_with_times([(s1.clone(), hours(1)), (s2.clone(), hours(1) + Duration::from_secs(1))]);
    let s3 = save(3)?;
    assert_eq!(saver.last_checkpoints(), [s2.clone(), s3.clone()]);
    assert!(s1.exists(), "the first of its hour");
    let s4 = save(4)?;
    assert_eq!(saver.last_checkpoints(), [s3.clone(), s4.clone()]);
    assert!(s1.exists() && !s2.exists() && s3.exists() && s4.exists(), "the second one is of the same hour");
    Ok(())
}

/// A saver that knows of earlier files, from its own list or from the disk, deletes them in their turn (B17, B20).
#[test]
fn a_saver_takes_over_files_that_exist() -> Result<()> {
    let folder = Folder::new("recovered");
    let (graph, _) = one("v")?;
    let session = started(&graph)?;
    let first = Saver::new(&graph);
    let old = [1, 2]
        .map(|step| first.save_step(&session, folder.file("ckpt"), step))
        .into_iter()
        .collect::<Result<Vec<_>>>()?;
    let missing = folder.file("ckpt-7.safetensors");
    let saver = Saver::new(&graph).max_to_keep(2);
    saver.recover_last_checkpoints([old[0].clone(), missing, old[1].clone()]);
    assert_eq!(saver.last_checkpoints(), old, "what is not there is not recovered");
    let third = saver.save_step(&session, folder.file("ckpt"), 3)?;
    assert_eq!(saver.last_checkpoints(), [old[1].clone(), third.clone()]);
    assert_eq!((old[0].exists(), old[1].exists(), third.exists()), (false, true, true));
    Ok(())
}

/// The state file has all that are kept and the latest, relative to its folder, under a name of one's own too (B12, B14).
#[test]
fn the_state_of_a_folder_lists_what_is_kept() -> Result<()> {
    let folder = Folder::new("state");
    let (graph, _) = one("v")?;
    let session = started(&graph)?;
    let saver = Saver::new(&graph).max_to_keep(3).state_file("my_state");
    let saved = (0..4).map(|n| saver.save_step(&session, folder.file("model"), n)).collect::<Result<Vec<_>>>()?;
    assert_eq!(CheckpointState::read(&folder.0, "checkpoint")?.map(|state| state.latest), None);
    let state = CheckpointState::read(&folder.0, "my_state")?.expect("it was written");
    assert_eq!((state.latest, state.kept), (saved[3].clone(), saved[1..].to_vec()));
    let text = std::fs::read_to_string(folder.file("my_state")).expect("it is text");
    assert!(text.starts_with("model_checkpoint_path: \"model-3.safetensors\"\n"), "{text}");
    let elsewhere = Saver::new(&graph).state_file("further/state");
    assert_eq!(code(elsewhere.save(&session, folder.file("model"))), "E-SAVER");
    Ok(())
}

/// A file lists what is in it; what is no checkpoint says so (B23, B30).
#[test]
fn a_file_tells_what_is_in_it() -> Result<()> {
    let folder = Folder::new("reader");
    let graph = Graph::new();
    graph.build(|| {
        let ones = || VariableOptions::new().initializer(ones_initializer());
        unread(get_variable::<f32, _, _>("v0", [2, 3], ones()));
        unread(get_variable::<f64, _, _>("v1", [3, 2, 1], ones()));
    })?;
    let path = Saver::new(&graph).save(&started(&graph)?, folder.file("ckpt"))?;
    let checkpoint = Checkpoint::open(&path)?;
    let listed: Vec<(&str, Vec<usize>, Option<tf::DType>)> =
        checkpoint.entries().map(|entry| (entry.name(), entry.shape().to_vec(), entry.dtype())).collect();
    let expected = [("v0", vec![2, 3], Some(tf::DType::F32)), ("v1", vec![3, 2, 1], Some(tf::DType::F64))];
    assert_eq!(listed, expected);
    assert!(checkpoint.entry("v0").is_some() && checkpoint.entry("v3").is_none());
    assert_eq!(checkpoint.get("v1")?.as_slice::<f64>(), Some(&[1.0; 6][..]));
    assert_eq!(code(Checkpoint::open(folder.file("non-existent"))), "E-CHECKPOINT-FILE");
    Ok(())
}

/// Variables on several devices are saved into one file, which is restored wherever they are then (B29).
#[test]
fn variables_of_several_devices_are_in_one_file() -> Result<()> {
    let folder = Folder::new("devices");
    let made = |on: [&'static str; 2]| -> Result<(Graph, [Variable<f32>; 2])> {
        let graph = Graph::new();
        let options = || VariableOptions::new().initializer(ones_initializer());
        let vars = graph.build(|| {
            [("v0", on[0]), ("v1", on[1])].map(|(name, on)| device(on, || get_variable(name, [2], options())))
        })?;
        Ok((graph, vars))
    };
    let two = |graph: &Graph| Session::with_options(graph, &tf::Store::new(), tf::SessionOptions::new().cpu_devices(2));
    let (graph, [v0, v1]) = made(["/cpu:0", "/cpu:1"])?;
    let session = two(&graph)?;
    v0.load(ndarray::arr1(&[10.0f32, 11.0]), &session)?;
    v1.load(ndarray::arr1(&[20.0f32, 21.0]), &session)?;
    let path = Saver::new(&graph).save(&session, folder.file("sharded"))?;
    assert_eq!(Checkpoint::open(&path)?.entries().len(), 2);
    let (graph, vars) = made(["/cpu:1", "/cpu:0"])?;
    let session = two(&graph)?;
    // One of them alone, and then both.
    let _ = Saver::of(&graph, [vars[1]])?.restore(&session, &path)?;
    assert_eq!(session.uninitialized_variables()?, ["v0"]);
    let _ = Saver::new(&graph).restore(&session, &path)?;
    assert_eq!(session.run(vars)?.map(|value| flat(&value)), [[10.0, 11.0], [20.0, 21.0]]);
    Ok(())
}

/// A variable in parts starts from a file that was written of other parts, or of none (B48).
#[test]
fn parts_start_from_a_file_of_other_parts() -> Result<()> {
    let folder = Folder::new("init_parts");
    let drawn = |scope: &str, partitioner: Option<Partitioner>| -> Result<(Graph, Variable<f32>)> {
        let graph = Graph::new();
        let options = VariableOptions::new().initializer(random_uniform_initializer(0.0, 1.0)).partitioner(partitioner);
        let v = graph.build(|| variable_scope(scope, |_| get_variable("var1", [100, 10], options)))?;
        Ok((graph, v))
    };
    for written in [None, Some(fixed_size_partitioner(5))] {
        let (graph, v) = drawn("scope", written)?;
        let session = started(&graph)?;
        Saver::new(&graph).save(&session, folder.file("model"))?;
        let expected = session.run(v)?;
        for read in [None, Some(fixed_size_partitioner(4)), Some(slicing_partitioner([1, 5]))] {
            let (graph, v) = drawn("some_scope", read)?;
            init_from_checkpoint(&graph, &folder.0, [("scope/", "some_scope/")])?;
            assert_eq!(started(&graph)?.run(v)?, expected);
            let (graph, v) = drawn("other_scope", read)?;
            init_from_checkpoint(&graph, &folder.0, [("scope/var1", v)])?;
            assert_eq!(started(&graph)?.run(v)?, expected);
        }
    }
    Ok(())
}

/// Two savers of one session save what each is told to, and restore it without the other (B1, B21).
#[test]
fn savers_of_a_session_are_apart() -> Result<()> {
    let folder = Folder::new("two_savers");
    let graph = Graph::new();
    let vars: [Variable<f32>; 2] = graph.build(|| {
        ["v0", "v1"].map(|name| get_variable(name, [], VariableOptions::new().initializer(ones_initializer())))
    })?;
    let session = started(&graph)?;
    let savers = [Saver::of(&graph, [vars[0]])?, Saver::of(&graph, [vars[1]])?];
    let paths: Vec<PathBuf> = ["first", "second"]
        .iter()
        .zip(&savers)
        .map(|(name, saver)| saver.save(&session, folder.file(name)))
        .collect::<Result<_>>()?;
    for v in vars {
        v.load(ndarray::arr0(5.0f32), &session)?;
    }
    let _ = savers[1].restore(&session, &paths[1])?;
    assert_eq!(session.run(vars)?.map(|value| value[[]]), [5.0, 1.0]);
    assert_eq!(code(savers[0].restore(&session, &paths[1])), "E-CHECKPOINT-MISSING");
    assert_eq!(session.run(vars)?.map(|value| value[[]]), [5.0, 1.0]);
    Ok(())
}

/// Values of every type come back as they were, and are refused as another type (B28).
#[test]
fn values_of_every_type_come_back_as_themselves() -> Result<()> {
    fn back<T: Element + PartialEq + std::fmt::Debug>(folder: &Folder, first: Initializer) -> Result<()> {
        let made = |initializer: Initializer| -> Result<(Graph, Variable<T>)> {
            let graph = Graph::new();
            let v = graph.build(|| get_variable("v", [2, 2], VariableOptions::new().initializer(initializer)))?;
            Ok((graph, v))
        };
        let (graph, v) = made(first)?;
        let session = started(&graph)?;
        let path = Saver::new(&graph).save(&session, folder.file(T::DTYPE.name()))?;
        let expected = session.run(v)?;
        let (graph, v) = made(zeros_initializer())?;
        let session = started(&graph)?;
        assert_ne!(session.run(v)?, expected);
        let _ = Saver::new(&graph).restore(&session, &path)?;
        assert_eq!(session.run(v)?, expected);
        let other = Graph::new();
        let other_type = || VariableOptions::new().initializer(zeros_initializer());
        if T::DTYPE == tf::DType::U8 {
            other.build(|| unread(get_variable::<i8, _, _>("v", [2, 2], other_type())))?;
        } else {
            other.build(|| unread(get_variable::<u8, _, _>("v", [2, 2], other_type())))?;
        }
        let refused = Saver::new(&other).restore(&Session::new(&other)?, &path);
        assert_eq!(code(refused), "E-CHECKPOINT-SPEC");
        Ok(())
    }
    let folder = Folder::new("types");
    let (reals, whole) = (constant_initializer(&[0.5f64, -1.5, 2.0, 0.0]), constant_initializer(&[1i64, 0, 100, 7]));
    back::<f32>(&folder, reals)?;
    back::<f64>(&folder, reals)?;
    back::<i8>(&folder, whole)?;
    back::<i16>(&folder, whole)?;
    back::<i32>(&folder, whole)?;
    back::<i64>(&folder, whole)?;
    back::<u8>(&folder, whole)?;
    back::<u16>(&folder, whole)?;
    back::<u32>(&folder, whole)?;
    back::<u64>(&folder, whole)?;
    back::<bool>(&folder, ones_initializer())?;
    back::<String>(&folder, constant_initializer("data"))
}

/// What a caching device keeps is read after a restore as the file has it (C35, B21).
#[test]
fn kept_reads_follow_a_restore() -> Result<()> {
    let folder = Folder::new("caching");
    let graph = Graph::new();
    let (v, read) = graph.build(|| {
        let options = VariableOptions::new().initializer(ones_initializer()).caching_device("/cpu:0");
        let v: Variable<f32> = get_variable("v", [2], options);
        (v, v + 0.0)
    })?;
    let session = started(&graph)?;
    let saver = Saver::new(&graph);
    let path = saver.save(&session, folder.file("cached"))?;
    v.load(ndarray::arr1(&[7.0f32, 8.0]), &session)?;
    assert_eq!(flat(&session.run(read)?), [7.0, 8.0]);
    let _ = saver.restore(&session, path)?;
    assert_eq!(flat(&session.run(read)?), [1.0, 1.0]);
    Ok(())
}

/// On a server, what one session restores all of them have (U29, B21).
#[test]
fn a_restore_is_seen_by_all_sessions_of_a_server() -> Result<()> {
    let folder = Folder::new("server");
    let server = tf::Server::new();
    let (graph, v) = one("v")?;
    let sessions = [Session::with_server(&graph, &server)?, Session::with_server(&graph, &server)?];
    sessions[0].initialize()?;
    let saver = Saver::new(&graph);
    let path = saver.save(&sessions[1], folder.file("shared"))?;
    v.load(ndarray::arr0(5.0f32), &sessions[1])?;
    assert_eq!(sessions[0].run(v)?[[]], 5.0);
    let _ = saver.restore(&sessions[0], path)?;
    assert_eq!(sessions[1].run(v)?[[]], 1.0);
    Ok(())
}

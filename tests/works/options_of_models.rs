//! Models made with options: their devices, threads, seeds, and where their values are (U28, U29, V9).

use ndarray::arr1;
use tf::prelude::*;
use tf::{Import, LoadOptions, ModelOptions, Seeds, Server, SessionOptions};

#[variable_scope]
fn counting(x: Tensor<f32>, kept_in: &'static str) -> Tensor<f32> {
    let calls =
        container!(kept_in, { get_variable!("calls", [], initializer = zeros_initializer(), trainable = false) });
    let scale = get_variable!("scale", [2], initializer = ones_initializer());
    x * scale + calls.assign_add(1.0)
}

model! {
    Counting(x: f32[2]) -> f32[2] {
        with device("/cpu:1") { counting(x, "statistics") }
    }
}

model! {
    Reading reuse Counting(x: f32[2]) -> f32[2] {
        x * get_variable!("scale", [2]) + get_variable!("calls", [])
    }
}

const TWO: fn() -> SessionOptions = || SessionOptions::new().cpu_devices(2);

#[test]
fn a_model_is_made_on_the_devices_that_are_said() {
    let missing = Counting::init(1).err().expect("one device is too few");
    assert_eq!(missing.code(), "E-DEVICE-MISSING");
    assert!(Counting::init_with(1, SessionOptions::new().soft_placement(true)).is_ok());
    let model = Counting::init_with(1, TWO().threads(2)).unwrap();
    crate::agreement::hold(&known!(Counting), model.instance());
    assert_eq!(model.instance().session().devices().len(), 2);
    let placed = model.instance().session().placements().unwrap();
    let scale = placed.iter().find(|placement| placement.name == "scale").unwrap();
    assert_eq!(scale.device.to_string(), "/job:localhost/replica:0/task:0/device:CPU:1");
    // One that shares runs as the other does, unless it is told otherwise.
    let reading = Reading::sharing(&model).unwrap();
    assert_eq!(reading.instance().session().devices().len(), 2);
    assert_eq!(Reading::sharing_with(&model, TWO().cpu_devices(3)).unwrap().instance().session().devices().len(), 3);
    assert_eq!(reading.run(&arr1(&[1.0, 2.0])).unwrap(), arr1(&[2.0, 3.0]), "after the one run of `hold`");
}

#[test]
fn threads_of_a_session_compute_the_same() {
    let x = arr1(&[1.0, -2.0]);
    let one = Counting::init_with(1, TWO().threads(1)).unwrap().run(&x).unwrap();
    assert_eq!(one, Counting::init_with(1, TWO()).unwrap().run(&x).unwrap());
    let refused = Counting::init_with(1, TWO().threads(1_000_000)).err().expect("too many");
    assert_eq!(refused.code(), "E-THREADS");
}

#[test]
fn models_on_one_server_share_values_by_container_and_name() {
    let server = Server::new();
    let made = |container: &str| {
        Counting::init_with(1, ModelOptions::new().session(TWO()).server(&server).container(container)).unwrap()
    };
    let (first, second, other) = (made("run_1"), made("run_1"), made("run_2"));
    let x = arr1(&[0.0, 0.0]);
    assert_eq!(first.run(&x).unwrap()[0], 1.0);
    first.set("scale", &arr1(&[5.0f32, 6.0]).into_dyn()).unwrap();
    assert_eq!(second.get::<f32>("scale").unwrap(), arr1(&[5.0, 6.0]).into_dyn(), "of one container");
    assert_eq!(other.get::<f32>("scale").unwrap(), arr1(&[1.0, 1.0]).into_dyn(), "of another one");
    assert_eq!(other.run(&x).unwrap()[0], 2.0, "the count is in the container that the layer says");
    assert_eq!(server.containers(), ["", "run_1", "run_2", "statistics"]);
    assert_eq!(made("run_1").get::<f32>("scale").unwrap(), arr1(&[5.0, 6.0]).into_dyn(), "what has a value keeps it");
    assert_eq!(first.variables().len(), 2);
}

#[test]
fn what_is_in_containers_is_saved_and_restored() {
    let model = Counting::init_with(1, TWO()).unwrap();
    model.set("calls", &ndarray::arr0(7.0f32).into_dyn()).unwrap();
    let file = std::env::temp_dir().join(format!("tf_scope_containers_{}.safetensors", std::process::id()));
    model.save(&file).unwrap();
    let saver = tf::Saver::new(model.instance().graph());
    let session = model.instance().session();
    model.set("calls", &ndarray::arr0(0.0f32).into_dyn()).unwrap();
    saver.restore(session, &file).unwrap();
    assert_eq!(model.get::<f32>("calls").unwrap(), ndarray::arr0(7.0).into_dyn());
    let later = Counting::init_with(2, TWO()).unwrap();
    later.restore(&file).unwrap();
    assert_eq!(later.get::<f32>("calls").unwrap(), ndarray::arr0(7.0).into_dyn());
    // A file left behind harms nobody.
    let _ = std::fs::remove_file(&file);
}

#[test]
fn a_model_is_loaded_as_the_options_say() {
    let file = std::env::temp_dir().join(format!("tf_scope_load_options_{}.safetensors", std::process::id()));
    let saved = Counting::init_with(1, TWO()).unwrap();
    saved.set("scale", &arr1(&[5.0f32, 6.0]).into_dyn()).unwrap();
    saved.save(&file).unwrap();
    let x = arr1(&[1.0, 1.0]);
    let of_one_device = Counting::load(&file).unwrap().run(&x).unwrap_err();
    assert_eq!(of_one_device.code(), "E-DEVICE-MISSING");
    // Session options alone, or with an import and a seed for what the file does not have.
    let (model, report) = Counting::load_with(&file, TWO().threads(1)).unwrap();
    assert_eq!((model.run(&x).unwrap(), report.applied.len()), (arr1(&[6.0, 7.0]), 2));
    let import = Import::new().rename("scale", "nobody").partial();
    let options = LoadOptions::new().import(import).seed(3).session(TWO());
    let (partial, report) = Counting::load_with(&file, options).unwrap();
    assert_eq!((partial.run(&x).unwrap(), report.missing), (arr1(&[2.0, 2.0]), vec!["scale".to_owned()]));
    // On a server, the file's values take the place of those that are there; a container is as for `init_with`.
    let server = Server::new();
    let on_server = |container: &str| ModelOptions::new().session(TWO()).server(&server).container(container);
    let first = Counting::init_with(1, on_server("run_1")).unwrap();
    let (second, _) = Counting::load_with(&file, on_server("run_1")).unwrap();
    assert_eq!(first.get::<f32>("scale").unwrap(), arr1(&[5.0, 6.0]).into_dyn());
    assert_eq!((first.run(&x).unwrap()[0], second.run(&x).unwrap()[0]), (6.0, 7.0), "they count together");
    let other = Counting::load_with(&file, LoadOptions::new().model(on_server("run_2"))).unwrap().0;
    assert_eq!(server.containers(), ["", "run_1", "run_2", "statistics"]);
    assert_eq!(other.instance().session().devices().len(), 2);
    // A file left behind harms nobody.
    let _ = std::fs::remove_file(&file);
}

#[test]
fn seeds_alone_are_options_too() {
    let options = ModelOptions::new().seeds(Seeds::ByName).session(TWO());
    assert!(Counting::init_with(1, options).is_ok());
}

//! Models that keep what they learned: `save`, `load`, bytes in the program, what other programs wrote.

use ndarray::{Array2, Array4, arr2};
use std::path::PathBuf;
use tf::{LoadOptions, prelude::*};

#[variable_scope]
fn dense(x: Tensor<f32>, units: usize) -> Tensor<f32> {
    let w = get_variable!("weights", [x.dim(1), units]);
    let b = get_variable!("biases", [units], initializer = zeros_initializer());
    tf::matmul(x, w) + b
}

model! {
    /// Two layers, and a variable of another type.
    pub Classifier(x: f32[?, 3]) -> f32[?, 2] {
        let steps = get_variable!("steps", [], dtype = i64, initializer = zeros_initializer(), trainable = false);
        let hidden = nn::relu(variable_scope!("hidden", { dense(x, 4) }));
        variable_scope!("output", { dense(hidden, 2) }) + tf::cast::<f32, _>(steps) * 0.0
    }
}

model! {
    /// The same variables in another model.
    pub Evaluate reuse Classifier(x: f32[?, 3]) -> f32[?, 2] {
        let steps: Variable<i64> = get_variable!("steps", []);
        let hidden = nn::relu(variable_scope!("hidden", { dense(x, 4) }));
        variable_scope!("output", { dense(hidden, 2) }) + tf::cast::<f32, _>(steps) * 0.0
    }
}

model! {
    /// One more layer than the classifier.
    pub Deeper(x: f32[?, 3]) -> f32[?, 1] {
        let y = variable_scope!("hidden", { dense(x, 4) });
        variable_scope!("top", { dense(y, 1) })
    }
}

model! {
    /// The hidden layer of the classifier alone.
    pub Hidden(x: f32[?, 3]) -> f32[?, 4] {
        variable_scope!("hidden", { dense(x, 4) })
    }
}

model! {
    /// A convolution.
    pub Filter(images: f32[?, ?, ?, 3]) -> f32[?, ?, ?, 4] {
        let weights = get_variable!("conv/weights", [3, 3, 3, 4]);
        nn::conv2d(images, weights, [1, 1], Padding::Same)
    }
}

model! {
    /// What a straight line is off by.
    pub Fit(x: f32[?, 3], y: f32[?, 1]) -> f32[] {
        let off = variable_scope!("line", { dense(x, 1) }) - y;
        tf::reduce_sum(off * off, tf::ALL)
    }
}

/// A file of this test alone, removed at the end.
struct File(PathBuf);

impl File {
    fn new(name: &str) -> File {
        File(std::env::temp_dir().join(format!("tf_scope_models_{name}_{}.safetensors", std::process::id())))
    }
}

impl Drop for File {
    fn drop(&mut self) {
        // A file left behind harms nobody.
        let _ = std::fs::remove_file(&self.0);
    }
}

fn x() -> Array2<f32> {
    arr2(&[[1.0, -2.0, 0.5], [0.25, 3.0, -1.0]])
}

#[test]
fn a_model_is_saved_and_loaded() {
    let file = File::new("saved");
    let model = Classifier::init(42).unwrap();
    model.set::<i64>("steps", 7i64).unwrap();
    model.save(&file.0).unwrap();
    let loaded = Classifier::load(&file.0).unwrap();
    assert_eq!(loaded.run(&x()).unwrap(), model.run(&x()).unwrap());
    assert_eq!(loaded.get::<i64>("steps").unwrap()[[]], 7);
    // Into a model that is there, also through one that shares its values.
    let other = Classifier::init(1).unwrap();
    let evaluate = Evaluate::sharing(&other).unwrap();
    assert_ne!(evaluate.run(&x()).unwrap(), model.run(&x()).unwrap());
    let report = evaluate.restore(&file.0).unwrap();
    assert_eq!(report.applied.len(), 5);
    assert_eq!(other.run(&x()).unwrap(), model.run(&x()).unwrap());
    evaluate.save(&file.0).unwrap();
    assert_eq!(tf::Checkpoint::open(&file.0).unwrap().entries().len(), 5);
}

#[test]
fn a_model_is_loaded_from_bytes_in_the_program() {
    // Made by `Classifier::init(42)?.save(..)`; it must load for as long as version 1 of the format is read.
    static BYTES: &[u8; 656] = include_bytes!("saved_models/classifier.safetensors");
    let model = Classifier::load(BYTES).unwrap();
    assert_eq!(model.run(&x()).unwrap(), Classifier::init(42).unwrap().run(&x()).unwrap());
    assert_eq!(tf::Checkpoint::from_bytes(&BYTES[..]).unwrap().path(), None);
    assert_eq!(Classifier::load(&BYTES[..600]).err().unwrap().code(), "E-CHECKPOINT-DAMAGED");
}

#[test]
fn a_model_that_does_not_fit_says_all_that_does_not() {
    let file = File::new("other");
    Classifier::init(42).unwrap().save(&file.0).unwrap();
    let error = Deeper::load(&file.0).err().unwrap();
    assert_eq!(error.code(), "E-CHECKPOINT-MISSING");
    let text = error.to_string();
    assert!(text.starts_with("2 variables are not in") && text.contains("`top/weights`"), "{text}");
    assert!(text.contains("`restore_with` or `load_with`") && text.contains("`Import::new().partial()`"), "{text}");
}

#[test]
fn what_a_file_holds_beyond_the_model_is_not_left_out_without_a_word() {
    let file = File::new("larger");
    let classifier = Classifier::init(42).unwrap();
    classifier.save(&file.0).unwrap();
    let error = Hidden::load(&file.0).err().unwrap();
    assert_eq!(error.code(), "E-CHECKPOINT-UNUSED");
    let text = error.to_string();
    assert!(text.starts_with("the model has no variables for 3 tensors of"), "{text}");
    assert!(
        text.contains("`output/biases`") && text.contains("`steps`") && text.contains("Model::load_with"),
        "{text}"
    );
    // As with `restore`, whoever gets a report is told there.
    let (hidden, report) = Hidden::load_with(&file.0, tf::LoadOptions::new()).unwrap();
    assert_eq!(report.unused, ["output/biases", "output/weights", "steps"]);
    assert_eq!(hidden.get::<f32>("hidden/biases").unwrap(), classifier.get::<f32>("hidden/biases").unwrap());
    assert_eq!(hidden.restore(&file.0).unwrap(), report);
    // What training keeps beside the variables is known: see `training_goes_on_where_it_was_saved`.
    let alone = tf::CheckpointWriter::new().tensor("hidden/weights/Adam", tf::Value::scalar(1.0f32)).unwrap();
    assert_eq!(Hidden::load(alone.to_bytes().unwrap()).err().unwrap().code(), "E-CHECKPOINT-MISSING");
}

#[test]
fn a_variable_that_is_asked_for_in_another_scope_is_named() {
    let classifier = Classifier::init(42).unwrap();
    let text = classifier.get::<f32>("hidden/hidden/weights").unwrap_err().to_string();
    assert!(text.contains("did you mean `hidden/weights`?"), "{text}");
    let text = classifier.set("model/output/biases", arr2(&[[0.0f32]])).unwrap_err().to_string();
    assert!(text.contains("did you mean `output/biases`?"), "{text}");
    assert_eq!(classifier.session().graph().variables().len(), 5);
}

#[test]
fn what_a_partial_load_leaves_out_starts_as_the_seed_says() {
    let file = File::new("partial");
    let classifier = Classifier::init(42).unwrap();
    classifier.save(&file.0).unwrap();
    let import = tf::Import::new().partial();
    let (deeper, report) = Deeper::load_with(&file.0, LoadOptions::new().import(import).seed(5)).unwrap();
    let of = |model: &Deeper, name: &str| model.get::<f32>(name).unwrap();
    assert_eq!(of(&deeper, "hidden/weights"), classifier.get::<f32>("hidden/weights").unwrap());
    assert_eq!(of(&deeper, "top/weights"), of(&Deeper::init(5).unwrap(), "top/weights"));
    assert_eq!(report.missing, ["top/weights", "top/biases"]);
    assert_eq!(report.unused, ["output/biases", "output/weights", "steps"]);
    assert!(report.to_string().starts_with("2 of 4 variables restored\n"), "{report}");
}

#[test]
fn a_filter_of_another_program_is_renamed_and_laid_out() {
    let oihw = Array4::from_shape_fn((4, 3, 3, 3), |(o, i, h, w)| (o * 27 + i * 9 + h * 3 + w) as f64);
    let bytes = tf::CheckpointWriter::new()
        .tensor("features.0.weight", tf::IntoValue::<f64>::into_value(oihw.clone()))
        .unwrap()
        .to_bytes()
        .unwrap();
    let import =
        tf::Import::new().rename("features.0.weight", "conv/weights").layout("conv/weights", tf::Layout::OIHW_TO_HWIO);
    assert_eq!(Filter::load_with(bytes.clone(), &import).err().unwrap().code(), "E-CHECKPOINT-SPEC");
    let (filter, _) = Filter::load_with(bytes, import.cast()).unwrap();
    let weights = filter.get::<f32>("conv/weights").unwrap();
    assert_eq!(weights, oihw.permuted_axes([2, 3, 1, 0]).mapv(|x| x as f32).into_dyn());
}

#[test]
fn training_goes_on_where_it_was_saved() {
    let file = File::new("training");
    let optimizer = || tf::train::Adam::new(0.05);
    let y = arr2(&[[1.0], [-2.0]]);
    let steps = |model: &Fit| -> Vec<f32> { (0..5).map(|_| model.step(&x(), &y).unwrap()[()]).collect() };
    let trained = Fit::init(42).unwrap().minimize(optimizer()).unwrap();
    steps(&trained);
    trained.save(&file.0).unwrap();
    let want = steps(&trained);
    // The slots of the optimizer and the number of steps are in the file too, and are there to be restored once it is attached.
    let later = Fit::load(&file.0).unwrap().minimize(optimizer()).unwrap();
    let report = later.restore(&file.0).unwrap();
    assert_eq!((report.missing.len(), report.unused.len()), (0, 0), "{report}");
    assert_eq!(later.instance().global_step().unwrap(), 5);
    assert_eq!(steps(&later), want);
}

#[test]
fn a_model_is_saved_step_by_step() {
    let folder = std::env::temp_dir().join(format!("tf_scope_models_steps_{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let model = Classifier::init(42).unwrap();
    let saver = tf::Saver::new(model.instance().graph()).max_to_keep(2);
    for step in 1..=3i64 {
        model.set("steps", step).unwrap();
        saver.save_step(model.instance().session(), folder.join("classifier"), "steps").unwrap();
    }
    assert_eq!(Classifier::load(&folder).unwrap().get::<i64>("steps").unwrap()[[]], 3);
    let second = Classifier::load(folder.join("classifier-2")).unwrap();
    assert_eq!(second.get::<i64>("steps").unwrap()[[]], 2);
    assert!(!folder.join("classifier-1.safetensors").exists());
    std::fs::remove_dir_all(&folder).unwrap();
}

//! What runs ask the system for: `run_into` for nothing once it has run, `run` for the arrays that it hands out.

use ndarray::{Array2, Array4};
use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};
use tf::{
    SessionOptions,
    layers::{Activation, Dense, dense},
    prelude::*,
};

thread_local! {
    /// How often this thread has asked for memory, and for how many bytes.
    static ASKED: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
}

/// The system's allocator, which counts.
struct Counting;

fn count(bytes: usize) {
    // A thread that ends asks for memory when there is no counter any more.
    let _ = ASKED.try_with(|asked| asked.set((asked.get().0 + 1, asked.get().1 + bytes)));
}

// SAFETY: everything is the system allocator's doing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: as the caller promises.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size);
        // SAFETY: as the caller promises.
        unsafe { System.realloc(memory, layout, size) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What `f` asks for: how often, and how many bytes.
fn asked_by<R>(f: impl FnOnce() -> R) -> (usize, usize) {
    let before = ASKED.get();
    let result = f();
    let after = ASKED.get();
    drop(result);
    (after.0 - before.0, after.1 - before.1)
}

#[variable_scope]
fn conv_relu(input: Tensor<f32>, kernel_shape: [usize; 4], bias_shape: [usize; 1]) -> Tensor<f32> {
    let weights = get_variable!("weights", kernel_shape, initializer = random_normal_initializer());
    let biases = get_variable!("biases", bias_shape, initializer = constant_initializer(0.0));
    nn::relu(nn::conv2d(input, weights, [1, 1], Padding::Same) + biases)
}

#[variable_scope]
fn my_image_filter(input_images: Tensor<f32>) -> Tensor<f32> {
    let channels = input_images.dim(3);
    let relu1 = variable_scope!("conv1", { conv_relu(input_images, [5, 5, channels, 32], [32]) });
    variable_scope!("conv2", { conv_relu(relu1, [5, 5, 32, 32], [32]) })
}

model! {
    Filter(images: f32[batch, height, width, 1]) -> f32[batch, height, width, 32] { my_image_filter(images) }
}

model! {
    ColourFilter(images: f32[batch, 20, 20, 3]) -> f32[batch, 20, 20, 32] { my_image_filter(images) }
}

model! {
    Perceptron(x: f32[batch, 784]) -> f32[batch, 10] {
        let x = dense(x, Dense::new(512).activation(Activation::Relu));
        let x = dense(x, Dense::new(512).activation(Activation::Relu));
        nn::softmax(dense(x, Dense::new(10)))
    }
}

#[variable_scope]
fn tower(x: Tensor<f32>) -> Tensor<f32> {
    let x = dense(x, Dense::new(96).activation(Activation::Relu));
    let x = dense(x, Dense::new(96).activation(Activation::Relu));
    dense(x, Dense::new(10))
}

model! {
    Towers(x: f32[batch, 96]) -> (f32[batch, 10], f32[batch, 10], f32[batch, 10], f32[batch, 10]) {
        let a = variable_scope!("a", { tower(x) });
        let b = variable_scope!("b", { tower(x) });
        let c = variable_scope!("c", { tower(x) });
        (a, b, c, variable_scope!("d", { tower(x) }))
    }
}

/// Work that is shared is done by whoever comes first: with one thread all of it is counted, and each run is like the others.
fn alone() -> SessionOptions {
    SessionOptions::new().threads(1)
}

#[test]
fn the_filter_asks_for_nothing_but_what_it_hands_out() {
    let filter = Filter::init_with(1, alone()).unwrap();
    for [batch, size] in [[1, 28], [1, 10], [3, 33]] {
        let images = Array4::from_shape_fn((batch, size, size, 1), |(n, y, x, _)| (n + y * x) as f32 * 0.01);
        let mut out = Array4::zeros((batch, size, size, 32));
        // Sizes that are new to it are planned, then computed in memory that stays.
        for _ in 0..2 {
            filter.run_into(&images, &mut out).unwrap();
        }
        for _ in 0..5 {
            assert_eq!(asked_by(|| filter.run_into(&images, &mut out).unwrap()), (0, 0), "{batch} of {size}");
        }
        for _ in 0..2 {
            filter.run(&images).unwrap();
        }
        let mut handed_out = None;
        for _ in 0..5 {
            let asked = asked_by(|| handed_out = Some(filter.run(&images).unwrap()));
            assert_eq!(asked, (1, batch * size * size * 32 * 4), "{batch} of {size}");
        }
        assert_eq!(handed_out.unwrap(), out);
    }
}

#[test]
fn filters_of_colours_and_views_of_arrays_ask_for_nothing_either() {
    let filter = ColourFilter::init_with(1, alone()).unwrap();
    let images = Array4::from_shape_fn((2, 20, 20, 3), |(n, y, x, c)| (n + y * x + c) as f32 * 0.01);
    let mut out = Array4::zeros((32, 20, 20, 2));
    let mut run =
        || filter.run_into(images.slice(ndarray::s![..;-1, .., .., ..]), out.view_mut().reversed_axes()).unwrap();
    run();
    run();
    assert_eq!((0..5).map(|_| asked_by(&mut run)).collect::<Vec<_>>(), [(0, 0); 5]);
}

#[test]
fn a_perceptron_asks_for_nothing_but_what_it_hands_out() {
    let model = Perceptron::init_with(1, alone()).unwrap();
    for batch in [1, 128] {
        let x = Array2::from_shape_fn((batch, 784), |(n, i)| (n * 7 + i) as f32 % 3.0 - 1.0);
        let mut out = Array2::zeros((batch, 10));
        for _ in 0..2 {
            model.run_into(&x, &mut out).unwrap();
        }
        for _ in 0..5 {
            assert_eq!(asked_by(|| model.run_into(&x, &mut out).unwrap()), (0, 0), "{batch}");
        }
        for _ in 0..2 {
            model.run(&x).unwrap();
        }
        for _ in 0..5 {
            assert_eq!(asked_by(|| model.run(&x).unwrap()), (1, batch * 10 * 4), "{batch}");
        }
    }
}

/// Towers that threads take side by side: what this thread asks for, which has taken all of them once to note what memory they need.
#[test]
fn towers_side_by_side_ask_for_nothing() {
    let model = Towers::init(1).unwrap();
    let x = Array2::from_shape_fn((8, 96), |(n, i)| (n * 7 + i) as f32 % 3.0 - 1.0);
    let [mut a, mut b, mut c, mut d] = [(); 4].map(|()| Array2::zeros((8, 10)));
    let mut run = || model.run_into(&x, &mut a, &mut b, &mut c, &mut d).unwrap();
    (0..30).for_each(|_| run());
    assert_eq!((0..30).map(|_| asked_by(&mut run)).collect::<Vec<_>>(), [(0, 0); 30]);
}

#[test]
fn an_update_that_is_asked_for_as_an_operation_asks_for_nothing() {
    let graph = Graph::new();
    let update = graph
        .build(|| {
            let options = tf::VariableOptions::new().initializer(zeros_initializer());
            tf::get_variable::<f32, _, _>("v", [200, 200], options).assign_add(tf::ones::<f32, _>([200, 200])).op()
        })
        .unwrap();
    let session = Session::with_options(&graph, &tf::Store::new(), alone()).unwrap();
    session.initialize().unwrap();
    for _ in 0..2 {
        session.run(update).unwrap();
    }
    for _ in 0..5 {
        assert_eq!(asked_by(|| session.run(update).unwrap()), (0, 0));
    }
    let sum = session.store().get("v").unwrap();
    assert!(sum.as_slice::<f32>().unwrap().iter().all(|&x| x == 7.0));
}

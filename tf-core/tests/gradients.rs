//! Every gradient against central differences in f64, with sizes known when the graph is built and not.

mod differences;

use differences::{between, check, check_twice, numbers};
use ndarray::ArrayD;
use tf_core::nn::{self, Padding};
use tf_core::{
    ALL, ANY, Mirror, OPEN, Tensor, abs, acos, add_n, asin, atan, atan2, broadcast_to, cast, concat, constant, cos,
    cosh, erf, exp, expand_dims, expm1, floormod, gather, gradients, greater, identity, log, log1p, matmul,
    matmul_transposed, maximum, minimum, mirror_pad, named, negative, pad, pad_with, pow, reciprocal, reduce_logsumexp,
    reduce_max, reduce_max_keep, reduce_mean, reduce_mean_keep, reduce_min, reduce_prod, reduce_prod_keep, reduce_sum,
    reduce_sum_keep, reshape, reverse, rsqrt, select, sin, sinh, slice, softplus, split, split_sizes, sqrt, square,
    squared_difference, squeeze, stack, strided_slice, tan, tanh, tile, transpose, unstack,
};

type X = Tensor<f64>;
/// A function with its name, and where it is to be differentiated.
type Case<'a> = (&'a str, &'a ArrayD<f64>, fn(X) -> X);
/// A function of two tensors with its name.
type Pair = (&'static str, fn(X, X) -> X);

#[test]
fn arithmetic_with_every_kind_of_broadcasting() {
    let shapes: [(&[usize], &[usize]); 6] =
        [(&[2, 3], &[2, 3]), (&[2, 3], &[3]), (&[3], &[2, 1]), (&[], &[2, 2]), (&[2, 1, 3], &[4, 1]), (&[1], &[3])];
    let functions: [Pair; 10] = [
        ("add", |a, b| a + b),
        ("subtract", |a, b| a - b),
        ("multiply", |a, b| a * b),
        ("divide", |a, b| a / b),
        ("maximum", |a, b| maximum(a, b)),
        ("minimum", |a, b| minimum(a, b)),
        ("pow", |a, b| pow(square(a), b)),
        ("squared_difference", |a, b| squared_difference(a, b)),
        ("atan2", |a, b| atan2(a, b)),
        ("floormod", |a, b| floormod(a, b)),
    ];
    for (i, (a, b)) in shapes.into_iter().enumerate() {
        for (name, function) in functions {
            let inputs = [numbers(a, 2 * i as u64 + 1), numbers(b, 2 * i as u64 + 2)];
            check(&format!("{name} of {a:?} and {b:?}"), inputs, |[a, b]| function(a, b));
        }
    }
    check_twice("divide", [numbers(&[2, 3], 1), numbers(&[3], 2)], |[a, b]| a / b);
    check_twice("pow", [between(0.5, 2.0, &[2, 3], 1), numbers(&[3], 2)], |[a, b]| pow(a, b));
    check_twice("atan2", [numbers(&[3], 1), numbers(&[3], 2)], |[a, b]| atan2(a, b));
}

#[test]
fn powers_of_zero_and_below_have_the_gradient_of_their_base() {
    let base = ndarray::arr1(&[-1.5, 2.0, -0.5]).into_dyn();
    check("cube", [base], |[x]| pow(x, 3.0));
}

#[test]
fn functions_of_one_tensor() {
    let anywhere = numbers(&[2, 5], 3) * 2.0;
    let positive = between(0.2, 3.0, &[2, 5], 4);
    let inside = numbers(&[2, 5], 5) * 0.8;
    let cases: [Case<'_>; 24] = [
        ("negative", &anywhere, |x| negative(x)),
        ("abs", &anywhere, |x| abs(x)),
        ("square", &anywhere, |x| square(x)),
        ("sqrt", &positive, |x| sqrt(x)),
        ("rsqrt", &positive, |x| rsqrt(x)),
        ("reciprocal", &anywhere, |x| reciprocal(x)),
        ("exp", &anywhere, |x| exp(x)),
        ("expm1", &anywhere, |x| expm1(x)),
        ("log", &positive, |x| log(x)),
        ("log1p", &positive, |x| log1p(x)),
        ("sin", &anywhere, |x| sin(x)),
        ("cos", &anywhere, |x| cos(x)),
        ("tan", &inside, |x| tan(x)),
        ("asin", &inside, |x| asin(x)),
        ("acos", &inside, |x| acos(x)),
        ("atan", &anywhere, |x| atan(x)),
        ("sinh", &anywhere, |x| sinh(x)),
        ("cosh", &anywhere, |x| cosh(x)),
        ("tanh", &anywhere, |x| tanh(x)),
        ("sigmoid", &anywhere, |x| nn::sigmoid(x)),
        ("softplus", &anywhere, |x| softplus(x)),
        ("softsign", &anywhere, |x| nn::softsign(x)),
        ("erf", &anywhere, |x| erf(x)),
        ("identity", &anywhere, |x| identity(named(x, "name"))),
    ];
    for (name, x, function) in cases {
        check_twice(name, [x.clone()], |[x]| function(x));
    }
}

#[test]
fn activations_on_both_sides_of_their_bends() {
    let x = numbers(&[3, 7], 6) * 8.0;
    check_twice("relu", [x.clone()], |[x]| nn::relu(x));
    check_twice("relu6", [x.clone()], |[x]| nn::relu6(x));
    check_twice("leaky_relu", [x.clone()], |[x]| nn::leaky_relu(x, 0.3));
    let x = x / 4.0;
    check_twice("elu", [x.clone()], |[x]| nn::elu(x));
    check_twice("selu", [x], |[x]| nn::selu(x));
}

#[test]
fn softmax_and_its_logarithm() {
    let x = numbers(&[3, 4], 7) * 3.0;
    check_twice("softmax", [x.clone()], |[x]| nn::softmax(x));
    check_twice("log_softmax", [x], |[x]| nn::log_softmax(x));
    check("softmax of three dimensions", [numbers(&[2, 1, 3], 8)], |[x]| nn::softmax(x));
}

#[test]
fn lengths_moments_and_sums_of_exponentials() {
    let x = numbers(&[3, 4], 33) * 2.0;
    check_twice("l2_normalize", [x.clone()], |[x]| nn::l2_normalize(x, 1));
    check_twice("l2_normalize of columns", [x.clone()], |[x]| nn::l2_normalize(x, [0]));
    check_twice("l2_loss", [x.clone()], |[x]| nn::l2_loss(x));
    check_twice("reduce_logsumexp", [x.clone()], |[x]| reduce_logsumexp(x, -1));
    check_twice("reduce_logsumexp of all", [x.clone()], |[x]| reduce_logsumexp(x, ALL));
    check_twice("the mean of moments", [x.clone()], |[x]| nn::moments(x, 0).0);
    check_twice("the variance of moments", [x.clone()], |[x]| nn::moments(x, 0).1);
    check_twice("the variance of moments that keep", [x], |[x]| nn::moments_keep(x, [0, 1]).1);
}

#[test]
fn cross_entropies_by_their_logits() {
    let x = numbers(&[3, 4], 34) * 3.0;
    check_twice("sparse", [x.clone()], |[x]| nn::sparse_softmax_cross_entropy_with_logits(constant([2, 0, 3]), x));
    check_twice("of distributions", [x.clone()], |[x]| {
        let labels = [[0.5, 0.25, 0.25, 0.0], [0.0, 1.0, 0.0, 0.0], [0.1, 0.2, 0.3, 0.4]];
        nn::softmax_cross_entropy_with_logits(constant(labels), x)
    });
    check_twice("sigmoid", [numbers(&[3, 4], 35), x], |[z, x]| nn::sigmoid_cross_entropy_with_logits(z, x));
}

#[test]
fn products_of_matrices_however_they_lie() {
    for (a, b) in [(false, false), (false, true), (true, false), (true, true)] {
        let left = if a { [3, 2] } else { [2, 3] };
        let right = if b { [4, 3] } else { [3, 4] };
        check_twice(&format!("matmul {a} {b}"), [numbers(&left, 1), numbers(&right, 2)], |[x, y]| {
            matmul_transposed(x, y, a, b)
        });
        let shape = |batch: &[usize], sides: [usize; 2]| [batch, &sides].concat();
        for (x, y) in [(&[2][..], &[2][..]), (&[2, 1], &[3]), (&[], &[2]), (&[2], &[])] {
            let inputs = [numbers(&shape(x, left), 3), numbers(&shape(y, right), 4)];
            check(&format!("batches {x:?} and {y:?}, {a} {b}"), inputs, |[x, y]| matmul_transposed(x, y, a, b));
        }
    }
    check("a product used twice", [numbers(&[3, 3], 5)], |[x]| matmul(x, matmul(x, x)));
}

#[test]
fn reductions_over_some_axes_and_all() {
    let x = between(0.5, 2.0, &[2, 3, 4], 9);
    let one = |name: &str, function: fn(X) -> X| check_twice(name, [x.clone()], |[x]| function(x));
    one("sum of all", |x| reduce_sum(x, ALL));
    one("sum over the middle", |x| reduce_sum(x, 1));
    one("sum that keeps", |x| reduce_sum_keep(x, [0, 2]));
    one("mean of all", |x| reduce_mean(x, ALL));
    one("mean over two", |x| reduce_mean(x, [-1, 0]));
    one("mean that keeps", |x| reduce_mean_keep(x, -1));
    check("largest", [x.clone()], |[x]| reduce_max(x, [0, 1]));
    check("largest that keeps", [x.clone()], |[x]| reduce_max_keep(x, -1));
    check("smallest", [x.clone()], |[x]| reduce_min(x, ALL));
    check_twice("product", [x.clone()], |[x]| reduce_prod(x, [0, 2]));
    check_twice("product that keeps", [x], |[x]| reduce_prod_keep(x, 1));
    let mut zeros = numbers(&[2, 3], 10);
    zeros[[0, 1]] = 0.0;
    zeros[[1, 0]] = 0.0;
    zeros[[1, 2]] = 0.0;
    check_twice("product with zeros", [zeros.clone()], |[x]| reduce_prod(x, 1));
    // The third derivatives, and of the product of a product the fourth.
    check_twice("slope of a product", [zeros.clone()], |[x]| gradients(reduce_sum(square(reduce_prod(x, 1)), 0), x));
    check_twice("curvature of a product", [zeros], |[x]| {
        let slope = gradients(reduce_prod(x, ALL), x);
        gradients(reduce_sum(square(slope), ALL), x)
    });
    check("sum of nothing", [numbers(&[2, 0], 1), numbers(&[2], 2)], |[x, y]| reduce_sum(x, 1) + y);
}

#[test]
fn other_shapes_of_the_same_elements() {
    let x = numbers(&[2, 1, 6], 11);
    check_twice("reshape", [x.clone()], |[x]| reshape(x, [3, 4]));
    check_twice("reshape to a vector", [x.clone()], |[x]| reshape(x, [ANY]));
    check_twice("expand_dims", [x.clone()], |[x]| expand_dims(x, 1));
    check_twice("squeeze", [x.clone()], |[x]| squeeze(x, 1));
    check_twice("transpose", [x], |[x]| transpose(x, [2, 0, 1]));
}

#[test]
fn joining_and_splitting() {
    let (a, b) = (numbers(&[2, 3], 12), numbers(&[2, 1], 13));
    check_twice("concat", [a.clone(), b.clone()], |[a, b]| concat([a, b, a], 1));
    check("concat of others", [a.clone()], |[a]| concat([constant([[1.0, 2.0, 3.0]]), a], 0));
    check_twice("stack", [a.clone(), a.clone() * 2.0], |[a, b]| stack([a, b], -1));
    check_twice("stack in the middle", [a.clone()], |[a]| stack([a, a], 1));
    let wide = numbers(&[2, 6], 14);
    check_twice("split", [wide.clone()], |[x]| {
        let [a, b, c] = split(x, 1);
        a * b + c
    });
    check_twice("part of a split", [wide.clone()], |[x]| {
        let [_, b, _] = split(x, -1);
        b * b
    });
    check_twice("split_sizes", [wide], |[x]| {
        let [a, b] = split_sizes(x, [1, ANY], 1);
        a * b
    });
    check_twice("unstack", [a], |[x]| {
        let [a, b] = unstack(x, 0);
        a * b
    });
}

#[test]
fn parts_of_tensors() {
    let x = numbers(&[4, 5], 15);
    check_twice("slice", [x.clone()], |[x]| slice(x, [1, 2], [2, ANY]));
    check_twice("strided_slice", [x.clone()], |[x]| strided_slice(x, [OPEN, -1], [OPEN, OPEN], [2, -3]));
    check_twice("strided_slice of the first axis", [x.clone()], |[x]| strided_slice(x, [-3], [OPEN], [2]));
    check_twice("reverse", [x.clone()], |[x]| reverse(x, [0, -1]));
    check_twice("gather", [x.clone()], |[x]| gather(x, constant([3i64, 0, 3]), 0));
    check_twice("gather by a matrix", [x.clone()], |[x]| gather(x, constant([[1, 1], [2, 1]]), -2));
    check_twice("gather of columns", [x.clone()], |[x]| gather(x, constant([[4, 0], [4, 4]]), 1));
    check("gathered twice", [x.clone()], |[x]| {
        gather(x, constant([1, 1]), 0) * 2.0 + gather(x, constant([[1i64, 3]]), 0) + gather(x, constant(0), 0)
    });
    check("gathered and used", [x], |[x]| x + gather(x, constant([1, 1, 2, 3]), 0));
}

#[test]
fn more_around_tensors() {
    let x = numbers(&[3, 4], 16);
    check_twice("pad", [x.clone()], |[x]| pad(x, [[1, 2], [0, 3]]));
    check_twice("pad_with", [x.clone(), numbers(&[], 17)], |[x, v]| pad_with(x, [[1, 0], [2, 1]], v));
    check_twice("reflect", [x.clone()], |[x]| mirror_pad(x, [[2, 1], [0, 3]], Mirror::Reflect));
    check_twice("symmetric", [x.clone()], |[x]| mirror_pad(x, [[3, 1], [2, 0]], Mirror::Symmetric));
    check_twice("tile", [x.clone()], |[x]| tile(x, [2, 3]));
    check_twice("tile once", [x], |[x]| tile(x, [1, 1]));
    check_twice("broadcast_to", [numbers(&[3, 1], 18)], |[x]| broadcast_to(x, [2, 3, 4]));
    check("fill", [numbers(&[], 19)], |[x]| tf_core::fill(constant([2, 3]), x));
}

#[test]
fn choices_casts_and_sums() {
    let (a, b) = (numbers(&[2, 3], 20), numbers(&[3], 21));
    check_twice("select", [a.clone(), b.clone()], |[a, b]| select(greater(a, 0.0), a * a, b));
    check_twice("select of scalars", [numbers(&[], 1), numbers(&[], 2)], |[a, b]| {
        select(constant([true, false, true]), a, b)
    });
    check_twice("add_n", [a.clone(), a.clone() + 1.0], |[a, b]| add_n([a, b * b, a]));
    check("a cast within floats", [between(1.0, 2.0, &[3], 3)], |[x]| cast::<f64, f64>(x) * x);
}

#[test]
fn convolutions_strided_dilated_grouped_and_padded() {
    let paddings = [Padding::Same, Padding::Valid, Padding::Explicit([[1, 0], [0, 2]])];
    for padding in paddings {
        for strides in [[1, 1], [2, 3]] {
            for dilations in [[1, 1], [2, 1]] {
                let what = format!("{strides:?} {dilations:?} {padding:?}");
                let (images, filter) = (numbers(&[2, 5, 6, 2], 22), numbers(&[2, 3, 2, 3], 23));
                check(&format!("conv2d {what}"), [images.clone(), filter], |[x, w]| {
                    nn::conv2d_dilated(x, w, strides, padding, dilations)
                });
                check(&format!("grouped {what}"), [images.clone(), numbers(&[3, 2, 1, 4], 24)], |[x, w]| {
                    nn::conv2d_dilated(x, w, strides, padding, dilations)
                });
                check(&format!("depthwise {what}"), [images, numbers(&[2, 2, 2, 2], 25)], |[x, w]| {
                    nn::depthwise_conv2d_dilated(x, w, strides, padding, dilations)
                });
            }
        }
    }
    let (images, filter) = (numbers(&[1, 4, 3, 2], 26), numbers(&[2, 2, 2, 2], 27));
    check_twice("conv2d", [images.clone(), filter.clone()], |[x, w]| nn::conv2d(x, w, [1, 2], Padding::Same));
    check_twice("depthwise", [images, filter], |[x, w]| nn::depthwise_conv2d(x, w, [1, 1], Padding::Same));
}

#[test]
fn biases_and_pooling() {
    let x = numbers(&[2, 4, 5, 2], 28);
    check_twice("bias_add", [x.clone(), numbers(&[2], 29)], |[x, b]| nn::bias_add(x, b));
    for padding in [Padding::Same, Padding::Valid, Padding::Explicit([[1, 0], [0, 1]])] {
        for (window, strides) in [([2, 2], [2, 2]), ([3, 2], [1, 2]), ([2, 3], [3, 1])] {
            let what = format!("{window:?} {strides:?} {padding:?}");
            check(&format!("max_pool {what}"), [x.clone()], |[x]| nn::max_pool(x, window, strides, padding));
            check(&format!("avg_pool {what}"), [x.clone()], |[x]| nn::avg_pool(x, window, strides, padding));
        }
    }
    for padding in [Padding::Same, Padding::Explicit([[1, 0], [0, 1]])] {
        check_twice("max_pool", [x.clone()], |[x]| nn::max_pool(x, [3, 2], [2, 1], padding));
    }
    check_twice("avg_pool", [x], |[x]| nn::avg_pool(x, [2, 2], [2, 1], Padding::Same));
}

#[test]
fn third_derivatives() {
    check_twice("the slope of x³", [numbers(&[3], 30)], |[x]| tf_core::gradients(x * x * x, x));
    check_twice("the slope of tanh", [numbers(&[3], 31)], |[x]| tf_core::gradients(tanh(x), x));
    check_twice("the slope of max_pool", [numbers(&[1, 3, 3, 1], 32)], |[x]| {
        let largest = nn::max_pool(x, [2, 2], [1, 1], Padding::Valid);
        tf_core::gradients(largest * largest * largest, x)
    });
}

#[test]
fn transposed_convolutions_have_the_gradients_of_convolutions_turned_around() {
    for (strides, padding) in [([1, 1], Padding::Valid), ([2, 3], Padding::Same), ([3, 2], Padding::Valid)] {
        let inputs = [numbers(&[2, 3, 2, 3], 41), numbers(&[2, 3, 2, 3], 42)];
        check_twice("conv2d_transpose", inputs, |[x, filter]| nn::conv2d_transpose(x, filter, strides, padding));
    }
}

//! Products against the definition.

mod support;

use support::*;
use tf_kernels::broadcast::broadcast_shape;
use tf_kernels::matmul::*;

/// The product of one pair of matrices, element by element.
fn product(m: usize, k: usize, n: usize, a: impl Fn(usize, usize) -> f64, b: impl Fn(usize, usize) -> f64) -> Vec<f64> {
    (0..m * n).map(|i| (0..k).map(|p| a(i / n, p) * b(p, i % n)).sum()).collect()
}

/// `[rows, columns]`, or the other order if stored transposed.
fn stored(batch: &[usize], rows: usize, columns: usize, transposed: bool) -> Vec<usize> {
    let last = if transposed { [columns, rows] } else { [rows, columns] };
    [batch, &last].concat()
}

#[test]
fn odd_sizes_and_transposed_operands_give_the_definition() {
    let mut rng = Rng(1);
    for (m, k, n) in [(1, 1, 1), (1, 7, 9), (5, 3, 1), (17, 33, 65), (70, 19, 131), (131, 70, 19)] {
        for (ta, tb) in [(false, false), (true, false), (false, true), (true, true)] {
            let (a, b) = (rng.f64s(m * k), rng.f64s(k * n));
            let want = product(
                m,
                k,
                n,
                |i, p| if ta { a[p * m + i] } else { a[i * k + p] },
                |p, j| if tb { b[j * k + p] } else { b[p * n + j] },
            );
            let (a_shape, b_shape) = (stored(&[], m, k, ta), stored(&[], k, n, tb));
            let narrow = |x: &[f64]| x.iter().map(|&x| x as f32).collect::<Vec<_>>();
            on_every_isa(|isa| {
                let mut out = vec![f64::NAN; m * n];
                matmul_f64(&a, &a_shape, ta, &b, &b_shape, tb, &mut out);
                assert_close(&out, &want, 1e-13, &format!("f64, {isa}"));

                let mut out = vec![f32::NAN; m * n];
                matmul_f32(&narrow(&a), &a_shape, ta, &narrow(&b), &b_shape, tb, &mut out);
                assert_close(&widen(&out), &want, 1e-5, &format!("f32, {isa}"));
            });

            let whole = |x: &[f64]| x.iter().map(|&x| (x * 50.0) as i32).collect::<Vec<_>>();
            let (a, b) = (whole(&a), whole(&b));
            let want = product(
                m,
                k,
                n,
                |i, p| f64::from(if ta { a[p * m + i] } else { a[i * k + p] }),
                |p, j| f64::from(if tb { b[j * k + p] } else { b[p * n + j] }),
            );
            on_every_isa(|_| {
                let mut out = vec![-1; m * n];
                matmul_i32(&a, &a_shape, ta, &b, &b_shape, tb, &mut out);
                assert!(out.iter().zip(&want).all(|(&o, &w)| f64::from(o) == w));
                let wide = |x: &[i32]| x.iter().map(|&x| i64::from(x)).collect::<Vec<_>>();
                let mut out = vec![-1; m * n];
                matmul_i64(&wide(&a), &a_shape, ta, &wide(&b), &b_shape, tb, &mut out);
                assert!(out.iter().zip(&want).all(|(&o, &w)| o as f64 == w));
            });
        }
    }
}

#[test]
fn batch_axes_broadcast() {
    let mut rng = Rng(2);
    let (m, k, n) = (3, 4, 5);
    for (a_batch, b_batch) in
        [(vec![2], vec![2]), (vec![6, 1], vec![4]), (vec![], vec![3]), (vec![1, 2], vec![3, 1, 1]), (vec![0], vec![1])]
    {
        let batch = broadcast_shape(&a_batch, &b_batch).unwrap();
        let a = rng.f32s(elements(&a_batch) * m * k);
        let b = rng.f32s(elements(&b_batch) * k * n);
        let mut out = vec![0.0; elements(&batch) * m * n];
        let (a_shape, b_shape) = (stored(&a_batch, m, k, false), stored(&b_batch, k, n, false));
        matmul_f32(&a, &a_shape, false, &b, &b_shape, false, &mut out);
        for (i, out) in out.chunks(m * n).enumerate() {
            let at = coordinates(i, &batch);
            let a = &a[offset(&at, &a_batch) * m * k..];
            let b = &b[offset(&at, &b_batch) * k * n..];
            let want = product(m, k, n, |i, p| a[i * k + p].into(), |p, j| b[p * n + j].into());
            assert_close(&widen(out), &want, 1e-6, "batched");
        }
    }
}

#[test]
fn products_cut_into_strips_have_no_seams() {
    let mut rng = Rng(3);
    for (m, k, n) in [(301, 65, 40), (40, 65, 301), (1, 500, 2003), (2003, 500, 1)] {
        for transposed in [false, true] {
            let (a, b) = (rng.f64s(m * k), rng.f64s(k * n));
            let want = product(
                m,
                k,
                n,
                |i, p| {
                    if transposed { a[p * m + i] } else { a[i * k + p] }
                },
                |p, j| {
                    if transposed { b[j * k + p] } else { b[p * n + j] }
                },
            );
            let (a_shape, b_shape) = (stored(&[], m, k, transposed), stored(&[], k, n, transposed));
            let mut out = vec![f64::NAN; m * n];
            matmul_f64(&a, &a_shape, transposed, &b, &b_shape, transposed, &mut out);
            assert_close(&out, &want, 1e-12, "strips");
        }
    }
}

#[test]
fn products_of_several_blocks_with_bias_and_relu_give_the_definition() {
    let mut rng = Rng(4);
    // More than a block of depth, and of columns; tiles that are cut off below and on the right.
    for (m, k, n) in [(29, 1030, 43), (121, 20, 2085), (64, 64, 64), (3, 600, 37), (40, 1, 16), (15, 0, 5)] {
        for (ta, tb) in [(false, false), (true, true)] {
            let (a, b, bias) = (rng.f32s(m * k), rng.f32s(k * n), rng.f32s(n));
            let mut want = product(
                m,
                k,
                n,
                |i, p| f64::from(if ta { a[p * m + i] } else { a[i * k + p] }),
                |p, j| f64::from(if tb { b[j * k + p] } else { b[p * n + j] }),
            );
            want.iter_mut().enumerate().for_each(|(i, x)| *x += f64::from(bias[i % n]));
            let (a_shape, b_shape) = (stored(&[], m, k, ta), stored(&[], k, n, tb));
            let (a, b) = ((&a[..], &a_shape[..], ta), (&b[..], &b_shape[..], tb));
            on_every_isa(|isa| {
                let mut out = vec![f32::NAN; m * n];
                matmul_bias_f32(a, b, Some(&bias), false, &mut out);
                assert_close(&widen(&out), &want, 2e-5, &format!("bias, {isa}"));
                let positive: Vec<f64> = want.iter().map(|x| x.max(0.0)).collect();
                matmul_bias_f32(a, b, Some(&bias), true, &mut out);
                assert_close(&widen(&out), &positive, 2e-5, &format!("bias and relu, {isa}"));
            });
        }
    }
}

#[test]
fn a_matrix_that_was_laid_out_gives_the_definition() {
    let mut rng = Rng(5);
    // One row and many; more than a block of depth and of columns; columns that end within a register.
    for (m, k, n) in [(1, 70, 43), (1, 1100, 230), (2, 530, 101), (33, 1030, 19), (2, 20, 2085), (150, 16, 64)] {
        for tb in [false, true] {
            let (a, b, bias) = (rng.f32s(m * k), rng.f32s(k * n), rng.f32s(n));
            let b_at = |p: usize, j: usize| if tb { b[j * k + p] } else { b[p * n + j] };
            let mut want = product(m, k, n, |i, p| a[i * k + p].into(), |p, j| b_at(p, j).into());
            want.iter_mut().enumerate().for_each(|(i, x)| *x = (*x + f64::from(bias[i % n])).max(0.0));
            on_every_isa(|isa| {
                let packed = PackedMatrix::new(&b, &stored(&[], k, n, tb), tb);
                let mut out = vec![f32::NAN; m * n];
                matmul_packed_f32((&a, &[m, k], false), &packed, Start::Bias(&bias), true, &mut out);
                assert_close(&widen(&out), &want, 2e-5, &format!("laid out, {isa}"));
                // Matrices that lie one below the other, and one that lies transposed.
                let mut batch = vec![f32::NAN; 2 * m * n];
                matmul_packed_f32(
                    (&[&a[..], &a].concat(), &[2, m, k], false),
                    &packed,
                    Start::Bias(&bias),
                    true,
                    &mut batch,
                );
                assert!(batch.chunks(m * n).all(|matrix| matrix == out));
                let turned: Vec<f32> = (0..m * k).map(|i| a[i % m * k + i / m]).collect();
                matmul_packed_f32((&turned, &[k, m], true), &packed, Start::Bias(&bias), true, &mut out);
                assert_close(&widen(&out), &want, 2e-5, &format!("laid out, {isa}"));
            });
        }
    }
}

#[test]
fn a_row_by_itself_gives_what_it_gives_among_others() {
    let mut rng = Rng(11);
    // More than a block of depth, and of columns; as many rows as are multiplied by slivers side by side, and more.
    for (k, n) in [(40, 48), (1100, 240), (20, 2096)] {
        let m = 5;
        let (a, b, bias, sums) = (rng.f32s(m * k), rng.f32s(k * n), rng.f32s(n), rng.f32s(m * n));
        on_every_isa(|isa| {
            let packed = PackedMatrix::new(&b, &[k, n], false);
            for begun in [false, true] {
                let several = |first: usize, rows: usize| {
                    let start = if begun { Start::Sums(&sums[first * n..][..rows * n]) } else { Start::Bias(&bias) };
                    let mut out = vec![f32::NAN; rows * n];
                    let a = &a[first * k..][..rows * k];
                    matmul_packed_f32((a, &[rows, k], false), &packed, start, true, &mut out);
                    out
                };
                let all = several(0, m);
                for (first, rows) in [(0, 1), (4, 1), (0, 2), (3, 2), (1, 3)] {
                    let by_themselves = several(first, rows);
                    assert_eq!(by_themselves, all[first * n..][..rows * n], "rows {first} to {}, {isa}", first + rows);
                }
            }
        });
    }
}

#[test]
fn sums_of_products_give_the_definition() {
    let mut rng = Rng(6);
    // Several whole products in a block of depth, and several blocks in a product.
    for (count, m, k, n) in [(1, 3, 4, 5), (50, 40, 32, 70), (3, 17, 600, 33), (2, 5, 0, 3), (0, 2, 3, 4)] {
        for (ta, tb) in [(false, false), (true, false), (false, true), (true, true)] {
            let pairs: Vec<_> = (0..count).map(|_| (rng.f32s(m * k), rng.f32s(k * n))).collect();
            let mut want = vec![0.0; m * n];
            for (a, b) in &pairs {
                let a_at = |i: usize, p: usize| f64::from(if ta { a[p * m + i] } else { a[i * k + p] });
                let b_at = |p: usize, j: usize| f64::from(if tb { b[j * k + p] } else { b[p * n + j] });
                want.iter_mut().zip(product(m, k, n, a_at, b_at)).for_each(|(sum, x)| *sum += x);
            }
            let pairs: Vec<(&[f32], &[f32])> = pairs.iter().map(|(a, b)| (&a[..], &b[..])).collect();
            on_every_isa(|isa| {
                let mut out = vec![f32::NAN; m * n];
                matmul_sum_f32(&pairs, (&stored(&[], m, k, ta), ta), (&stored(&[], k, n, tb), tb), &mut out);
                assert_close(&widen(&out), &want, 3e-5, &format!("a sum, {isa}"));
                // The same, one product added to the ones before it.
                let mut out = vec![1.0; m * n];
                for (a, b) in &pairs {
                    matmul_add_f32((a, &stored(&[], m, k, ta), ta), (b, &stored(&[], k, n, tb), tb), -0.5, &mut out);
                }
                let want: Vec<f64> = want.iter().map(|x| 1.0 - 0.5 * x).collect();
                assert_close(&widen(&out), &want, 3e-5, &format!("added, {isa}"));
            });
        }
    }
}

#[test]
fn sums_do_not_depend_on_the_number_of_threads() {
    let mut rng = Rng(7);
    let (m, k, n) = (150, 700, 90);
    let (a, b) = (rng.f32s(m * k), rng.f32s(k * n));
    let with_threads = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let mut out = vec![0.0; m * n];
        pool.install(|| matmul_f32(&a, &[m, k], false, &b, &[k, n], false, &mut out));
        out
    };
    assert_eq!(with_threads(1), with_threads(3));
}

#[test]
fn nan_goes_where_it_belongs() {
    let (mut a, b) = (vec![1.0f32; 20 * 30], vec![1.0f32; 30 * 40]);
    a[7 * 30 + 3] = f32::NAN;
    on_every_isa(|_| {
        let mut out = vec![0.0f32; 20 * 40];
        matmul_bias_f32((&a, &[20, 30], false), (&b, &[30, 40], false), None, true, &mut out);
        assert!(out.iter().enumerate().all(|(i, x)| if i / 40 == 7 { x.is_nan() } else { *x == 30.0 }));
    });
}

#[test]
fn a_sum_of_nothing_is_zero() {
    let mut out = [7.0f32; 6];
    matmul_f32(&[], &[2, 0], false, &[], &[0, 3], false, &mut out);
    assert_eq!(out, [0.0; 6]);
}

#[test]
fn integer_products_wrap() {
    let mut out = [0i32];
    matmul_i32(&[i32::MAX, 1], &[1, 2], false, &[2, 5], &[2, 1], false, &mut out);
    assert_eq!(out, [i32::MAX.wrapping_mul(2).wrapping_add(5)]);
}

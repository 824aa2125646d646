//! Movement against index arithmetic done one element at a time.

mod support;

use support::*;
use tf_kernels::KernelError;
use tf_kernels::movement::*;

fn numbered(n: usize) -> Vec<u32> {
    (0..n as u32).collect()
}

/// `input[source(coordinates)]` for every element of `out_shape`.
fn moved(input: &[u32], shape: &[usize], out_shape: &[usize], source: impl Fn(&[usize]) -> Vec<usize>) -> Vec<u32> {
    let element = |i| input[offset(&source(&coordinates(i, out_shape)), shape)];
    (0..elements(out_shape)).map(element).collect()
}

#[test]
fn transposition_by_every_permutation() {
    fn permutations(rank: usize) -> Vec<Vec<usize>> {
        if rank == 0 {
            return vec![vec![]];
        }
        let insert = |p: Vec<usize>| (0..rank).map(move |at| [&p[..at], &[rank - 1], &p[at..]].concat());
        permutations(rank - 1).into_iter().flat_map(insert).collect()
    }
    for shape in [vec![], vec![5], vec![40, 70], vec![3, 33, 5], vec![2, 3, 4, 5], vec![300, 400]] {
        let input = numbered(elements(&shape));
        for perm in permutations(shape.len()) {
            let out_shape: Vec<usize> = perm.iter().map(|&axis| shape[axis]).collect();
            let want = moved(&input, &shape, &out_shape, |at| {
                let mut from = vec![0; at.len()];
                for (i, &axis) in perm.iter().enumerate() {
                    from[axis] = at[i];
                }
                from
            });
            let mut out = vec![0; want.len()];
            transpose_u32(&input, &shape, &perm, &mut out);
            assert_eq!(out, want, "{shape:?} by {perm:?}");
        }
    }
}

#[test]
fn every_width_moves() {
    macro_rules! check {
        ($($transpose:ident $concat:ident $gather:ident $pad:ident $select:ident $w:ty;)*) => {$(
            let input: Vec<$w> = (0..6).collect();
            let mut out = [0; 6];
            $transpose(&input, &[2, 3], &[1, 0], &mut out);
            assert_eq!(out, [0, 3, 1, 4, 2, 5]);
            $concat(&[&input[..2], &input[2..]], &[&[2, 1], &[2, 2]], 1, &mut out);
            assert_eq!(out, [0, 2, 3, 1, 4, 5]);
            $gather(&input, &[2, 3], 1, &[2, 0, 0], &mut out).unwrap();
            assert_eq!(out, [2, 0, 0, 5, 3, 3]);
            let mut out = [0; 8];
            $pad(&input, &[6], &[(0, 2)], 9, &mut out);
            assert_eq!(out, [0, 1, 2, 3, 4, 5, 9, 9]);
            let mut out = [0; 2];
            $select(&[true, false], &[2], &[7], &[], &input[..2], &[2], &mut out, &[2]);
            assert_eq!(out, [7, 1]);
        )*};
    }
    check! {
        transpose_u8 concat_u8 gather_u8 pad_u8 select_u8 u8;
        transpose_u16 concat_u16 gather_u16 pad_u16 select_u16 u16;
        transpose_u32 concat_u32 gather_u32 pad_u32 select_u32 u32;
        transpose_u64 concat_u64 gather_u64 pad_u64 select_u64 u64;
    }
}

#[test]
fn parts_joined_again_are_the_whole() {
    let mut rng = Rng(1);
    for shape in [vec![6], vec![4, 6, 5], vec![3, 2, 9], vec![500, 600]] {
        let input = numbered(elements(&shape));
        for axis in 0..shape.len() {
            let first = rng.below(shape[axis] + 1);
            let second = rng.below(shape[axis] - first + 1);
            let sizes = [first, second, shape[axis] - first - second];
            let shapes = sizes.map(|size| {
                let mut shape = shape.clone();
                shape[axis] = size;
                shape
            });
            let mut parts = shapes.clone().map(|shape| vec![0; elements(&shape)]);
            let [a, b, c] = &mut parts;
            split_u32(&input, &shape, axis, &sizes, &mut [a, b, c]);
            for (i, part) in parts.iter().enumerate() {
                let mut begin = vec![0; shape.len()];
                begin[axis] = sizes[..i].iter().sum();
                let mut slice = vec![0; part.len()];
                slice_u32(&input, &shape, &begin, &shapes[i], &mut slice);
                assert_eq!(*part, slice);
            }
            let mut out = vec![0; input.len()];
            concat_u32(
                &parts.each_ref().map(|part| &part[..]),
                &shapes.each_ref().map(|shape| &shape[..]),
                axis,
                &mut out,
            );
            assert_eq!(out, input);
        }
    }
}

#[test]
fn strided_slices_and_reversal() {
    let mut rng = Rng(2);
    for round in 0..200 {
        let shape = rng.shape(1 + round % 4, 8);
        let input = numbered(elements(&shape));
        let begin: Vec<usize> = shape.iter().map(|&d| rng.below(d)).collect();
        let strides: Vec<isize> = shape.iter().map(|_| [-3, -2, -1, 1, 2, 3][rng.below(6)]).collect();
        let out_shape: Vec<usize> = (0..shape.len())
            .map(|i| {
                let room = if strides[i] > 0 { shape[i] - 1 - begin[i] } else { begin[i] };
                rng.below(room / strides[i].unsigned_abs() + 2)
            })
            .collect();
        let want = moved(&input, &shape, &out_shape, |at| {
            let from = |i: usize| begin[i] as isize + at[i] as isize * strides[i];
            (0..at.len()).map(|i| from(i) as usize).collect()
        });
        let mut out = vec![0; want.len()];
        strided_slice_u32(&input, &shape, &begin, &strides, &out_shape, &mut out);
        assert_eq!(out, want, "{shape:?} from {begin:?} by {strides:?}");

        let axes: Vec<usize> = (0..shape.len()).filter(|_| rng.below(2) == 0).collect();
        let want = moved(&input, &shape, &shape, |at| {
            let flip = |i: usize| {
                if axes.contains(&i) { shape[i] - 1 - at[i] } else { at[i] }
            };
            (0..at.len()).map(flip).collect()
        });
        let mut out = vec![0; want.len()];
        reverse_u32(&input, &shape, &axes, &mut out);
        assert_eq!(out, want, "{shape:?} reversed along {axes:?}");
    }
}

#[test]
fn broadcasting_and_tiling() {
    let mut rng = Rng(3);
    for round in 0..100 {
        let out_shape = rng.shape(round % 5, 6);
        let shape = rng.broadcastable(&out_shape);
        let input = numbered(elements(&shape));
        let mut out = vec![0; elements(&out_shape)];
        broadcast_to_u32(&input, &shape, &mut out, &out_shape);
        assert_eq!(out, spread(&input, &shape, &out_shape));

        let multiples: Vec<usize> = shape.iter().map(|_| rng.below(4)).collect();
        let tiled: Vec<usize> = shape.iter().zip(&multiples).map(|(d, m)| d * m).collect();
        let want = moved(&input, &shape, &tiled, |at| at.iter().zip(&shape).map(|(i, d)| i % d).collect());
        let mut out = vec![0; want.len()];
        tile_u32(&input, &shape, &multiples, &mut out);
        assert_eq!(out, want, "{shape:?} times {multiples:?}");
    }
    let mut out = vec![0u16; 200_000];
    fill_u16(7, &mut out);
    assert!(out.iter().all(|&x| x == 7));
}

#[test]
fn padding_with_a_constant_and_with_mirrors() {
    let mut rng = Rng(4);
    for round in 0..150 {
        let shape = rng.shape(1 + round % 4, 6);
        let input = numbered(elements(&shape));
        for mode in [None, Some(MirrorMode::Reflect), Some(MirrorMode::Symmetric)] {
            let paddings: Vec<(usize, usize)> = shape
                .iter()
                .map(|&d| {
                    let most = match mode {
                        None => 4,
                        Some(MirrorMode::Reflect) => d - 1,
                        Some(MirrorMode::Symmetric) => d,
                    };
                    if rng.below(3) == 0 { (0, 0) } else { (rng.below(most + 1), rng.below(most + 1)) }
                })
                .collect();
            let out_shape: Vec<usize> = shape.iter().zip(&paddings).map(|(d, (b, a))| d + b + a).collect();
            let source = |i: usize, axis: usize| {
                let (at, size) = (i as isize - paddings[axis].0 as isize, shape[axis] as isize);
                let mirrored = match mode {
                    _ if (0..size).contains(&at) => at,
                    None => return None,
                    Some(MirrorMode::Reflect) if at < 0 => -at,
                    Some(MirrorMode::Reflect) => 2 * (size - 1) - at,
                    Some(MirrorMode::Symmetric) if at < 0 => -at - 1,
                    Some(MirrorMode::Symmetric) => 2 * size - 1 - at,
                };
                Some(mirrored as usize)
            };
            let want: Vec<u32> = (0..elements(&out_shape))
                .map(|i| {
                    let at = coordinates(i, &out_shape);
                    let from: Option<Vec<usize>> = at.iter().enumerate().map(|(axis, &i)| source(i, axis)).collect();
                    from.map_or(77, |from| input[offset(&from, &shape)])
                })
                .collect();
            let mut out = vec![0; want.len()];
            match mode {
                None => pad_u32(&input, &shape, &paddings, 77, &mut out),
                Some(mode) => mirror_pad_u32(&input, &shape, &paddings, mode, &mut out),
            }
            assert_eq!(out, want, "{shape:?} with {paddings:?} and {mode:?}");
        }
    }
}

#[test]
fn an_empty_array_is_padded() {
    let mut out = [0; 6];
    pad_u32(&[], &[0, 3], &[(1, 1), (0, 0)], 5, &mut out);
    assert_eq!(out, [5; 6]);
}

#[test]
fn gathering_along_any_axis() {
    let mut rng = Rng(5);
    for shape in [vec![9], vec![4, 6, 5], vec![300, 7, 40]] {
        let input = numbered(elements(&shape));
        for axis in 0..shape.len() {
            let indices: Vec<i64> = (0..11).map(|_| rng.below(shape[axis]) as i64).collect();
            let mut out_shape = shape.clone();
            out_shape[axis] = indices.len();
            let want = moved(&input, &shape, &out_shape, |at| {
                let mut from = at.to_vec();
                from[axis] = indices[at[axis]] as usize;
                from
            });
            let mut out = vec![0; want.len()];
            gather_u32(&input, &shape, axis, &indices, &mut out).unwrap();
            assert_eq!(out, want);
        }
    }
}

#[test]
fn an_index_outside_the_axis_is_an_error() {
    for (index, position) in [(3, 1), (-1, 1), (i64::MIN, 1)] {
        let mut out = [9; 6];
        let result = gather_u32(&numbered(6), &[3, 2], 0, &[0, index, 7], &mut out);
        assert_eq!(result, Err(KernelError::IndexOutOfRange { position, index, size: 3 }));
        assert_eq!(out, [9; 6], "untouched");
    }
}

#[test]
fn one_hot_codes_on_the_last_and_on_inner_axes() {
    let indices = [0, 2, -1, 1, 3, 0];
    let mut out = [0; 18];
    one_hot_u32(&indices, 1, 3, 5, 8, &mut out);
    assert_eq!(out, [5, 8, 8, 8, 8, 5, 8, 8, 8, 8, 5, 8, 8, 8, 8, 5, 8, 8]);
    // Indices [2, 3], codes on the axis between: out [2, 3, 3].
    let mut out = [0; 18];
    one_hot_u32(&indices, 3, 3, 1, 0, &mut out);
    assert_eq!(out, [1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]);
}

#[test]
fn selection_broadcasts_all_three() {
    on_every_isa(|_| {
        let mut rng = Rng(6);
        for round in 0..200 {
            let shape = rng.shape(round % 5, 6);
            let shapes = [0; 3].map(|_| rng.broadcastable(&shape));
            let cond = rng.bools(elements(&shapes[0]));
            let (a, b) = (rng.u32s(elements(&shapes[1])), rng.u32s(elements(&shapes[2])));
            let mut out = vec![0; elements(&shape)];
            select_u32(&cond, &shapes[0], &a, &shapes[1], &b, &shapes[2], &mut out, &shape);
            let cond = spread(&cond, &shapes[0], &shape);
            let (a, b) = (spread(&a, &shapes[1], &shape), spread(&b, &shapes[2], &shape));
            let want: Vec<u32> = (0..out.len()).map(|i| if cond[i] { a[i] } else { b[i] }).collect();
            assert_eq!(out, want, "{shapes:?}");
        }
    });
}

//! One box, the places: how far from the left each slot of a row stands, and how far from the top each row.

use super::layers::{Link, Rows, Side, Slot, Vertex};
use std::collections::HashMap;

/// Between things side by side.
const BESIDE: f64 = 26.0;
/// Between edges that pass side by side.
const BESIDE_EDGE: f64 = 14.0;
/// Between rows.
const BELOW: f64 = 38.0;
/// Around what is in a box.
const MARGIN: f64 = 16.0;
/// How often places are improved, from the top down and back.
const SWEEPS: usize = 14;
/// Edges that pass are kept straighter than those that end.
const STRAIGHT: f64 = 4.0;
/// What nothing leads to, such as a constant, goes to where it is used, and hardly pulls that towards itself.
const ASIDE: f64 = 0.1;
/// Between the upper edge of a box and its first row, where edges come in.
const BELOW_EDGE: f64 = 16.0;

/// A placed box, measured from its inner left upper corner.
pub(super) struct Placed {
    pub(super) width: f64,
    pub(super) height: f64,
    /// Middle and upper edge of each vertex.
    pub(super) vertices: Vec<(f64, f64)>,
    /// For each link the points it goes through, between its ends; `None` for one that goes upwards.
    pub(super) through: Vec<Option<Vec<(f64, f64)>>>,
}

impl Placed {
    pub(super) fn new(vertices: &[Vertex], links: &[Link]) -> Placed {
        let rows = Rows::new(vertices, links);
        let mut row_of = vec![0; vertices.len()];
        for (index, row) in rows.rows.iter().enumerate() {
            for slot in row {
                if let Slot::Vertex(vertex) = slot {
                    row_of[*vertex] = index;
                }
            }
        }
        let middles = middles(&rows, vertices, links, &row_of);
        let upwards = rows.ways.iter().filter(|way| way.is_none()).count() as f64;

        let heights = rows.rows.iter().map(|row| row.iter().map(|slot| height(slot, vertices)).fold(0.0, f64::max));
        let heights: Vec<f64> = heights.collect();
        let mut tops = Vec::with_capacity(heights.len());
        let mut y = 0.0;
        for (row, height) in heights.iter().enumerate() {
            let on_the_edge = |side| rows.rows[row].iter().any(|slot| is_at(slot, vertices, side));
            if row == 0 && !on_the_edge(Side::Top) {
                y += MARGIN;
            }
            if on_the_edge(Side::Bottom) && row > 0 {
                y -= BELOW - MARGIN.max(BELOW / 2.0);
            }
            tops.push(y);
            y += height + if row == 0 && on_the_edge(Side::Top) { BELOW_EDGE } else { BELOW };
        }
        let open_below = rows.rows.last().is_some_and(|row| row.iter().any(|slot| is_at(slot, vertices, Side::Bottom)));
        let height = if rows.rows.is_empty() { MARGIN } else { y - BELOW + if open_below { 0.0 } else { MARGIN } };

        let reach = |slot: &Slot, sign: f64| middles[slot] + sign * width(slot, vertices) / 2.0;
        let slots = || rows.rows.iter().flatten();
        let left = slots().map(|slot| reach(slot, -1.0)).fold(f64::INFINITY, f64::min);
        let right = slots().map(|slot| reach(slot, 1.0)).fold(f64::NEG_INFINITY, f64::max);
        let (left, right) = if left.is_finite() { (left, right) } else { (0.0, 0.0) };
        let x = |slot: &Slot| middles[slot] - left + MARGIN;

        // What nothing leads to stands at the lower end of its row, near to what it leads to.
        let top = |vertex: usize| {
            let row = row_of[vertex];
            tops[row] + if rows.fed[vertex] { 0.0 } else { heights[row] - vertices[vertex].height }
        };
        let placed = (0..vertices.len()).map(|vertex| (x(&Slot::Vertex(vertex)), top(vertex))).collect();
        let through = rows.ways.iter().zip(links).map(|(way, link)| {
            let way = way.as_ref()?;
            let passed = way.iter().enumerate().filter(|(_, slot)| matches!(slot, Slot::Pass { .. }));
            let points = passed.flat_map(|(step, slot)| {
                let row = row_of[link.from] + step;
                [(x(slot), tops[row]), (x(slot), tops[row] + heights[row])]
            });
            Some(points.collect())
        });
        let through = through.collect();
        let width = right - left + 2.0 * MARGIN + upwards * BESIDE_EDGE;
        Placed { width, height, vertices: placed, through }
    }
}

fn is_at(slot: &Slot, vertices: &[Vertex], side: Side) -> bool {
    matches!(slot, Slot::Vertex(vertex) if vertices[*vertex].side == side)
}

fn width(slot: &Slot, vertices: &[Vertex]) -> f64 {
    match slot {
        Slot::Vertex(vertex) => vertices[*vertex].width,
        Slot::Pass { .. } => 0.0,
    }
}

fn height(slot: &Slot, vertices: &[Vertex]) -> f64 {
    match slot {
        Slot::Vertex(vertex) => vertices[*vertex].height,
        Slot::Pass { .. } => 0.0,
    }
}

/// The middle of each slot: near the mean of what it is joined to, in the order of its row, with room between neighbours.
fn middles(rows: &Rows, vertices: &[Vertex], links: &[Link], row_of: &[usize]) -> HashMap<Slot, f64> {
    let mut middles: HashMap<Slot, f64> = HashMap::new();
    let mut places: Vec<Vec<f64>> = Vec::new();
    let gaps: Vec<Vec<f64>> = rows.rows.iter().map(|row| gaps(row, vertices)).collect();
    for gap in &gaps {
        let mut x = 0.0;
        places.push(
            gap.iter()
                .map(|gap| {
                    x += gap;
                    x
                })
                .collect(),
        );
    }
    let index: Vec<HashMap<Slot, usize>> =
        rows.rows.iter().map(|row| row.iter().enumerate().map(|(i, &slot)| (slot, i)).collect()).collect();
    let joints = joints(rows, vertices, links, row_of, &index);
    for sweep in 0..SWEEPS {
        let (up, down) = match sweep {
            _ if sweep + 2 >= SWEEPS => (true, true),
            _ => (sweep % 2 == 0, sweep % 2 == 1),
        };
        let count = rows.rows.len();
        for step in 0..count {
            let row = if down && !up { count - 1 - step } else { step };
            let mut sums = vec![(0.0, 0.0); rows.rows[row].len()];
            if up && row > 0 {
                for joint in &joints[row - 1] {
                    let sum = &mut sums[joint.lower];
                    let weight = if joint.aside { joint.weight * ASIDE } else { joint.weight };
                    *sum = (sum.0 + weight * (places[row - 1][joint.upper] + joint.shift), sum.1 + weight);
                }
            }
            if down && row + 1 < count {
                for joint in &joints[row] {
                    let sum = &mut sums[joint.upper];
                    *sum = (sum.0 + joint.weight * (places[row + 1][joint.lower] - joint.shift), sum.1 + joint.weight);
                }
            }
            let wanted: Vec<(f64, f64)> = sums
                .iter()
                .zip(&places[row])
                .map(|(&(sum, weight), &here)| if weight > 0.0 { (sum / weight, weight) } else { (here, 0.1) })
                .collect();
            places[row] = apart(&wanted, &gaps[row]);
        }
    }
    for (row, slots) in rows.rows.iter().enumerate() {
        for (slot, &place) in slots.iter().zip(&places[row]) {
            middles.insert(*slot, place);
        }
    }
    middles
}

/// An edge between neighbouring rows: positions, how much further right the lower end wants to be, and how much that counts.
struct Joint {
    upper: usize,
    lower: usize,
    shift: f64,
    weight: f64,
    /// Whether the upper end is something that nothing leads to.
    aside: bool,
}

fn joints(
    rows: &Rows,
    vertices: &[Vertex],
    links: &[Link],
    row_of: &[usize],
    index: &[HashMap<Slot, usize>],
) -> Vec<Vec<Joint>> {
    let mut joints: Vec<Vec<Joint>> = rows.rows.iter().map(|_| Vec::new()).collect();
    for (way, link) in rows.ways.iter().zip(links) {
        let Some(way) = way else { continue };
        for (step, pair) in way.windows(2).enumerate() {
            let row = row_of[link.from] + step;
            let begins = if step == 0 { link.from_offset } else { 0.0 };
            let ends = if step + 2 == way.len() { link.to_offset } else { 0.0 };
            let passes = pair.iter().filter(|slot| matches!(slot, Slot::Pass { .. })).count();
            let weight = STRAIGHT.powi(passes as i32);
            joints[row].push(Joint {
                upper: index[row][&pair[0]],
                lower: index[row + 1][&pair[1]],
                shift: begins - ends,
                weight,
                aside: matches!(pair[0], Slot::Vertex(vertex) if !rows.fed[vertex] && vertices[vertex].side == Side::Within),
            });
        }
    }
    joints
}

/// How far each slot of a row has to be from the one to its left; for the first it is nothing.
fn gaps(row: &[Slot], vertices: &[Vertex]) -> Vec<f64> {
    let room = |slot: &Slot| width(slot, vertices) / 2.0;
    let thin = |slot: &Slot| width(slot, vertices) == 0.0;
    let mut gaps = vec![0.0; row.len()];
    for (i, pair) in row.windows(2).enumerate() {
        let between = if thin(&pair[0]) || thin(&pair[1]) { BESIDE_EDGE } else { BESIDE };
        gaps[i + 1] = room(&pair[0]) + between + room(&pair[1]);
    }
    gaps
}

/// The places nearest to the wanted ones, by weighted squares, that are in order and at least the gaps apart.
fn apart(wanted: &[(f64, f64)], gaps: &[f64]) -> Vec<f64> {
    // Less the gaps so far the places only have to rise: neighbours that do not are joined into one block at their mean.
    let mut offsets = Vec::with_capacity(gaps.len());
    let mut offset = 0.0;
    for gap in gaps {
        offset += gap;
        offsets.push(offset);
    }
    let mut blocks: Vec<(f64, f64, usize)> = Vec::new();
    for (&(place, weight), offset) in wanted.iter().zip(&offsets) {
        let mut block = (place - offset, weight, 1);
        while let Some(&(mean, before, count)) = blocks.last()
            && mean > block.0
        {
            blocks.pop();
            let sum = before + block.1;
            block = ((mean * before + block.0 * block.1) / sum, sum, count + block.2);
        }
        blocks.push(block);
    }
    let rising = blocks.iter().flat_map(|&(mean, _, count)| std::iter::repeat_n(mean, count));
    rising.zip(&offsets).map(|(place, offset)| place + offset).collect()
}

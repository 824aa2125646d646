//! One box, the rows: which row each thing stands in, and the order in each row, so that edges go down and cross little.

use std::collections::HashMap;

/// Something to be placed: a shape or box of this size, or a point on the box's own edge.
#[derive(Clone, Copy)]
pub(super) struct Vertex {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) side: Side,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// Inside.
    Within,
    /// A point on the upper edge, where something comes in.
    Top,
    /// A point on the lower edge, where something goes out.
    Bottom,
}

/// From one vertex to another; what has the same source takes the same way as far as it can.
#[derive(Clone, Copy)]
pub(super) struct Link {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) source: usize,
    /// How far from the middle of its vertices it begins and ends.
    pub(super) from_offset: f64,
    pub(super) to_offset: f64,
}

/// A vertex in a row, or an edge that passes through it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Slot {
    Vertex(usize),
    Pass { from: usize, source: usize, row: usize },
}

/// The rows from the top down; in each the slots from the left.
pub(super) struct Rows {
    pub(super) rows: Vec<Vec<Slot>>,
    /// Which vertices something leads to.
    pub(super) fed: Vec<bool>,
    /// For each link the slots it passes through, its ends among them; `None` for one that goes upwards.
    pub(super) ways: Vec<Option<Vec<Slot>>>,
}

/// How often the order is improved, from the top down and back.
const SWEEPS: usize = 12;

impl Rows {
    pub(super) fn new(vertices: &[Vertex], links: &[Link]) -> Rows {
        let upwards = upwards(vertices.len(), links);
        let row_of = rows_of(vertices, links, &upwards);
        let count = row_of.iter().max().map_or(0, |last| last + 1);
        let mut rows: Vec<Vec<Slot>> = vec![Vec::new(); count];
        for (vertex, &row) in row_of.iter().enumerate() {
            rows[row].push(Slot::Vertex(vertex));
        }
        let mut passing: HashMap<(usize, usize), usize> = HashMap::new();
        let mut ways = Vec::with_capacity(links.len());
        for (link, &up) in links.iter().zip(&upwards) {
            if up {
                ways.push(None);
                continue;
            }
            let (first, last) = (row_of[link.from] + 1, row_of[link.to]);
            let pass = |row| Slot::Pass { from: link.from, source: link.source, row };
            let reached = passing.entry((link.from, link.source)).or_insert(first);
            for (row, slots) in rows.iter_mut().enumerate().take(last).skip(*reached) {
                slots.push(pass(row));
            }
            *reached = (*reached).max(last);
            let mut way = vec![Slot::Vertex(link.from)];
            way.extend((first..last).map(pass));
            way.push(Slot::Vertex(link.to));
            ways.push(Some(way));
        }
        let mut fed = vec![false; vertices.len()];
        links.iter().zip(&upwards).filter(|&(_, up)| !up).for_each(|(link, _)| fed[link.to] = true);
        let mut rows = Rows { rows, fed, ways };
        rows.order(&row_of);
        rows
    }

    /// For each row the pairs of positions, in it and in the next, that an edge joins.
    pub(super) fn joints(&self, row_of: impl Fn(usize) -> usize) -> Vec<Vec<(Slot, Slot)>> {
        let mut joints = vec![Vec::new(); self.rows.len()];
        for way in self.ways.iter().flatten() {
            let Slot::Vertex(from) = way[0] else { continue };
            for (row, pair) in way.windows(2).enumerate() {
                joints[row_of(from) + row].push((pair[0], pair[1]));
            }
        }
        joints.iter_mut().for_each(|pairs| {
            let mut seen = std::collections::HashSet::new();
            pairs.retain(|pair| seen.insert(*pair));
        });
        joints
    }

    /// Orders each row by the mean position of what it is joined to, and keeps the order with the fewest crossings.
    fn order(&mut self, row_of: &[usize]) {
        let joints = self.joints(|vertex| row_of[vertex]);
        let mut best = self.rows.clone();
        let mut fewest = crossings(&self.rows, &joints);
        for sweep in 0..SWEEPS {
            let downwards = sweep % 2 == 0;
            let count = self.rows.len();
            for step in 1..count {
                let row = if downwards { step } else { count - 1 - step };
                let other = if downwards { row - 1 } else { row + 1 };
                let pairs = &joints[row.min(other)];
                let places = positions(&self.rows[other]);
                let mut sums: HashMap<Slot, (f64, f64)> = HashMap::new();
                for &(upper, lower) in pairs {
                    let (mine, theirs) = if downwards { (lower, upper) } else { (upper, lower) };
                    let sum = sums.entry(mine).or_default();
                    *sum = (sum.0 + places[&theirs] as f64, sum.1 + 1.0);
                }
                let here = positions(&self.rows[row]);
                let mean = |slot: &Slot| sums.get(slot).map_or(here[slot] as f64, |(sum, n)| sum / n);
                self.rows[row].sort_by(|a, b| mean(a).total_cmp(&mean(b)));
            }
            let crossed = crossings(&self.rows, &joints);
            if crossed < fewest {
                fewest = crossed;
                best.clone_from(&self.rows);
            }
        }
        self.rows = best;
    }
}

fn positions(row: &[Slot]) -> HashMap<Slot, usize> {
    row.iter().enumerate().map(|(position, &slot)| (slot, position)).collect()
}

fn crossings(rows: &[Vec<Slot>], joints: &[Vec<(Slot, Slot)>]) -> usize {
    let mut count = 0;
    for (row, pairs) in joints.iter().enumerate().filter(|(_, pairs)| !pairs.is_empty()) {
        let (upper, lower) = (positions(&rows[row]), positions(&rows[row + 1]));
        let placed: Vec<(usize, usize)> = pairs.iter().map(|(a, b)| (upper[a], lower[b])).collect();
        for (i, a) in placed.iter().enumerate() {
            count += placed[..i].iter().filter(|b| (a.0 < b.0 && a.1 > b.1) || (a.0 > b.0 && a.1 < b.1)).count();
        }
    }
    count
}

/// Which links close a circle: scopes may feed each other, although ops do not.
fn upwards(vertices: usize, links: &[Link]) -> Vec<bool> {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        New,
        Open,
        Done,
    }
    let mut out: Vec<Vec<usize>> = vec![Vec::new(); vertices];
    links.iter().enumerate().for_each(|(index, link)| out[link.from].push(index));
    let mut states = vec![State::New; vertices];
    let mut upwards = vec![false; links.len()];
    for start in 0..vertices {
        if states[start] != State::New {
            continue;
        }
        states[start] = State::Open;
        let mut stack = vec![(start, 0)];
        while let Some((vertex, next)) = stack.last_mut() {
            let Some(&link) = out[*vertex].get(*next) else {
                states[*vertex] = State::Done;
                stack.pop();
                continue;
            };
            *next += 1;
            let to = links[link].to;
            match states[to] {
                State::Open => upwards[link] = true,
                State::Done => {}
                State::New => {
                    states[to] = State::Open;
                    stack.push((to, 0));
                }
            }
        }
    }
    upwards
}

/// The row of each vertex: below all that leads to it, and what nothing leads to just above what it leads to.
fn rows_of(vertices: &[Vertex], links: &[Link], upwards: &[bool]) -> Vec<usize> {
    let down: Vec<&Link> = links.iter().zip(upwards).filter(|&(_, up)| !up).map(|(link, _)| link).collect();
    let first = usize::from(vertices.iter().any(|vertex| vertex.side == Side::Top));
    let mut rows: Vec<usize> = vertices.iter().map(|vertex| if vertex.side == Side::Top { 0 } else { first }).collect();
    // There are no circles, so as many rounds as there are vertices are the most it takes.
    for _ in 0..vertices.len() {
        let mut settled = true;
        for link in &down {
            if rows[link.to] <= rows[link.from] {
                rows[link.to] = rows[link.from] + 1;
                settled = false;
            }
        }
        if settled {
            break;
        }
    }
    let mut fed = vec![false; vertices.len()];
    down.iter().for_each(|link| fed[link.to] = true);
    for vertex in (0..vertices.len()).filter(|&vertex| !fed[vertex] && vertices[vertex].side == Side::Within) {
        let below = down.iter().filter(|link| link.from == vertex).map(|link| rows[link.to]).min();
        rows[vertex] = below.map_or(rows[vertex], |below| below - 1);
    }
    let within = |vertex: &usize| vertices[*vertex].side != Side::Bottom;
    let last = (0..vertices.len()).filter(within).map(|vertex| rows[vertex] + 1).max().unwrap_or(0);
    for (row, vertex) in rows.iter_mut().zip(vertices) {
        if vertex.side == Side::Bottom {
            *row = last;
        }
    }
    rows
}

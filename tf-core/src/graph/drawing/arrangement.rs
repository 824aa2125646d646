//! Boxes in boxes: each is placed by itself, with points on its edges where something comes in or goes out, and then within the one around it.

use super::{
    layers::{Link, Side, Vertex},
    outline::{Kind, Outline},
    places::Placed,
    shapes,
};
use std::collections::{BTreeMap, HashMap};

/// The line of a box's title.
pub(super) const TITLE: f64 = 22.0;

/// Left, top, width, height.
#[derive(Clone, Copy, Default, PartialEq, Debug)]
pub(super) struct Rectangle {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// A part of an edge within one box.
pub(super) struct Path {
    pub(super) points: Vec<(f64, f64)>,
    /// Whether it ends at a shape.
    pub(super) arrives: bool,
    pub(super) control: bool,
}

/// Everything in its place.
pub(super) struct Arrangement {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) items: Vec<Rectangle>,
    pub(super) paths: Vec<Path>,
}

/// An end of a part of an edge: something in the box, or a point on the box's own edge where the edge from this source crosses it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum End {
    Item(usize),
    In(usize),
    Out(usize),
}

/// The parts of edges in one box: their ends and their source, and whether they are orders only.
type Parts = BTreeMap<(End, End, usize), bool>;

/// A box whose inside is placed.
struct Inside {
    ends: Vec<End>,
    parts: Vec<(End, End, usize, bool)>,
    placed: Placed,
}

impl Arrangement {
    pub(super) fn of(outline: &Outline) -> Arrangement {
        let parts = parts(outline);
        let mut insides: HashMap<Option<usize>, Inside> = HashMap::new();
        let mut sizes = vec![(0.0, 0.0); outline.items.len()];
        // A box comes before what is in it, so backwards every inside is known when the box is placed.
        for (index, item) in outline.items.iter().enumerate().rev() {
            sizes[index] = shapes::size(item);
            if item.kind == Kind::Box {
                let inside = Inside::new(outline, Some(index), &parts, &sizes, &insides);
                let (width, height) = (inside.placed.width.max(sizes[index].0), inside.placed.height + TITLE);
                sizes[index] = (width, height);
                insides.insert(Some(index), inside);
            }
        }
        let root = Inside::new(outline, None, &parts, &sizes, &insides);
        let (width, height) = (root.placed.width, root.placed.height);
        insides.insert(None, root);
        let mut arrangement =
            Arrangement { width, height, items: vec![Rectangle::default(); outline.items.len()], paths: Vec::new() };
        arrangement.fill(outline, None, (0.0, 0.0), &sizes, &insides);
        arrangement
    }

    /// Places what is in a box whose inside begins at `origin`.
    fn fill(
        &mut self,
        outline: &Outline,
        parent: Option<usize>,
        origin: (f64, f64),
        sizes: &[(f64, f64)],
        insides: &HashMap<Option<usize>, Inside>,
    ) {
        let inside = &insides[&parent];
        // A box that its title makes wider has its inside in the middle.
        let slack = parent.map_or(0.0, |parent| (sizes[parent].0 - inside.placed.width) / 2.0);
        let origin = (origin.0 + slack, origin.1);
        for (end, &(middle, top)) in inside.ends.iter().zip(&inside.placed.vertices) {
            if let End::Item(item) = *end {
                let (width, height) = sizes[item];
                let place = Rectangle { x: origin.0 + middle - width / 2.0, y: origin.1 + top, width, height };
                self.items[item] = place;
                if outline.items[item].kind == Kind::Box {
                    self.fill(outline, Some(item), (place.x, place.y + TITLE), sizes, insides);
                }
            }
        }
        let room = origin.0 + inside.placed.width;
        let mut detours = 0;
        let mut arriving: HashMap<usize, Vec<(f64, usize)>> = HashMap::new();
        for (&(from, to, source, control), through) in inside.parts.iter().zip(&inside.placed.through) {
            let bottom = parent.map_or(0.0, |parent| sizes[parent].1 - TITLE);
            let start = match from {
                End::Item(item) => self.end(item, End::Out(source), insides),
                point => (origin.0 + inside.middle(point), origin.1 - TITLE),
            };
            let finish = match to {
                End::Item(item) => self.end(item, End::In(source), insides),
                point => (origin.0 + inside.middle(point), origin.1 + bottom),
            };
            let mut points = vec![start];
            match through {
                Some(through) => points.extend(through.iter().map(|&(x, y)| (origin.0 + x, origin.1 + y))),
                None => {
                    detours += 1;
                    let x = room - f64::from(detours) * 14.0;
                    points.extend([(x, start.1 + 12.0), (x, finish.1 - 12.0)]);
                }
            }
            points.push(finish);
            let arrives = matches!(to, End::Item(item) if outline.items[item].kind != Kind::Box);
            if let (End::Item(item), true) = (to, arrives) {
                arriving.entry(item).or_default().push((points[points.len() - 2].0, self.paths.len()));
            }
            self.paths.push(Path { points, arrives, control });
        }
        for (item, mut paths) in arriving {
            // Those that arrive at one shape arrive side by side.
            paths.sort_by(|a, b| a.0.total_cmp(&b.0));
            let place = self.items[item];
            let step = (place.width * 0.6 / paths.len() as f64).min(18.0);
            let leftmost = place.x + place.width / 2.0 - step * (paths.len() as f64 - 1.0) / 2.0;
            for (position, (_, path)) in paths.into_iter().enumerate() {
                let last = self.paths[path].points.len() - 1;
                self.paths[path].points[last].0 = leftmost + step * position as f64;
            }
        }
    }

    /// Where an edge leaves a shape below or reaches it above; a box where the edge crosses it.
    fn end(&self, item: usize, crossing: End, insides: &HashMap<Option<usize>, Inside>) -> (f64, f64) {
        let place = self.items[item];
        let y = if matches!(crossing, End::Out(_)) { place.y + place.height } else { place.y };
        let middle = place.x + place.width / 2.0;
        (middle + insides.get(&Some(item)).map_or(0.0, |inside| inside.offset(crossing)), y)
    }
}

impl Inside {
    fn new(
        outline: &Outline,
        parent: Option<usize>,
        parts: &HashMap<Option<usize>, Parts>,
        sizes: &[(f64, f64)],
        insides: &HashMap<Option<usize>, Inside>,
    ) -> Inside {
        let none = Parts::new();
        let parts = parts.get(&parent).unwrap_or(&none);
        let mut ends: Vec<End> = outline.children(parent).map(End::Item).collect();
        for &(from, to, _) in parts.keys() {
            for end in [from, to] {
                if !matches!(end, End::Item(_)) && !ends.contains(&end) {
                    ends.push(end);
                }
            }
        }
        let vertices: Vec<Vertex> = ends
            .iter()
            .map(|end| match *end {
                End::Item(item) => Vertex { width: sizes[item].0, height: sizes[item].1, side: Side::Within },
                End::In(_) => Vertex { width: 0.0, height: 0.0, side: Side::Top },
                End::Out(_) => Vertex { width: 0.0, height: 0.0, side: Side::Bottom },
            })
            .collect();
        let index: HashMap<End, usize> = ends.iter().enumerate().map(|(i, &end)| (end, i)).collect();
        // Where the edge crosses the edge of a box in this one, from that box's middle.
        let offset = |end: End, source: usize, begins: bool| match end {
            End::Item(item) => insides
                .get(&Some(item))
                .map_or(0.0, |inside| inside.offset(if begins { End::Out(source) } else { End::In(source) })),
            End::In(_) | End::Out(_) => 0.0,
        };
        let links: Vec<Link> = parts
            .keys()
            .map(|&(from, to, source)| Link {
                from: index[&from],
                to: index[&to],
                source,
                from_offset: offset(from, source, true),
                to_offset: offset(to, source, false),
            })
            .collect();
        let placed = Placed::new(&vertices, &links);
        let parts = parts.iter().map(|(&(from, to, source), &control)| (from, to, source, control)).collect();
        Inside { ends, parts, placed }
    }

    /// How far from the middle of the box an end is.
    fn offset(&self, end: End) -> f64 {
        self.middle(end) - self.placed.width / 2.0
    }

    /// How far from the left an end is.
    fn middle(&self, end: End) -> f64 {
        let found = self.ends.iter().position(|&known| known == end);
        found.map_or(self.placed.width / 2.0, |index| self.placed.vertices[index].0)
    }
}

/// The parts of every edge, by the box they are in.
fn parts(outline: &Outline) -> HashMap<Option<usize>, Parts> {
    let mut parts: HashMap<Option<usize>, Parts> = HashMap::new();
    let mut add = |within: Option<usize>, from: End, to: End, source: usize, control: bool| {
        let known = parts.entry(within).or_default().entry((from, to, source)).or_insert(control);
        *known &= control;
    };
    // The item itself, and the boxes around it from the inside out.
    let around = |item: usize| {
        let mut boxes = vec![item];
        while let Some(parent) = outline.items[boxes[boxes.len() - 1]].parent {
            boxes.push(parent);
        }
        boxes
    };
    for edge in &outline.edges {
        let (from, to) = (around(edge.from), around(edge.to));
        let common = from.iter().rev().zip(to.iter().rev()).take_while(|(a, b)| a == b).count();
        // The ends below the innermost box that is around both.
        let (out, into) = (&from[..from.len() - common], &to[..to.len() - common]);
        let (Some(&last_out), Some(&first_in)) = (out.last(), into.last()) else { continue };
        for pair in out.windows(2) {
            add(Some(pair[1]), End::Item(pair[0]), End::Out(edge.from), edge.from, edge.control);
        }
        for pair in into.windows(2) {
            add(Some(pair[1]), End::In(edge.from), End::Item(pair[0]), edge.from, edge.control);
        }
        add(outline.items[last_out].parent, End::Item(last_out), End::Item(first_in), edge.from, edge.control);
    }
    parts
}

//! The picture as SVG.

use super::{
    arrangement::{Arrangement, Path, Rectangle, TITLE},
    outline::{Item, Kind, Outline},
    shapes,
};
use std::fmt::Write as _;

/// Around the whole picture.
const BORDER: f64 = 12.0;
const LINE_OF_TITLE: f64 = 30.0;
const LINE_OF_LEGEND: f64 = 44.0;

const STYLE: &str = "\
text { font-family: system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif; fill: #26323d; text-anchor: middle; }
.label { font-size: 12.5px; }
.detail { font-size: 10px; fill: #66727d; }
.scope { font-size: 12.5px; font-weight: 600; fill: #43525f; text-anchor: start; paint-order: stroke; stroke: #f4f6f8; stroke-width: 4px; }
.title { font-size: 16px; font-weight: 600; text-anchor: start; }
.legend { font-size: 11px; text-anchor: start; }
.edge { fill: none; stroke: #7d8b98; stroke-width: 1.2; }
.order { stroke-dasharray: 4 3; }
";

/// The whole file.
pub(super) fn picture(title: &str, outline: &Outline) -> String {
    let arranged = Arrangement::of(outline);
    let legend = Legend::of(outline);
    let top = if title.is_empty() { 0.0 } else { LINE_OF_TITLE };
    let title_width = title.chars().count() as f64 * 9.6;
    let width = (arranged.width.max(title_width).max(legend.width) + 2.0 * BORDER).ceil();
    let height = (top + arranged.height + LINE_OF_LEGEND + 2.0 * BORDER).ceil();
    let mut out = String::new();
    // Writing to a `String` does not fail.
    let _ = write!(
        out,
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">
<style>{STYLE}</style>
<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0.6 L8 4 L0 7.4 Z" fill="#7d8b98"/></marker></defs>
<rect width="100%" height="100%" fill="#ffffff"/>
"##
    );
    if !title.is_empty() {
        let _ = writeln!(out, r#"<text class="title" x="{BORDER}" y="{:.1}">{}</text>"#, BORDER + 14.0, escaped(title));
    }
    let left = ((width - arranged.width) / 2.0).max(BORDER);
    let _ = writeln!(out, r#"<g transform="translate({left:.1} {:.1})">"#, BORDER + top);
    // Boxes lie below edges, and edges below shapes.
    let placed = || outline.items.iter().zip(&arranged.items);
    let boxes = || placed().filter(|(item, _)| item.kind == Kind::Box);
    boxes().for_each(|(item, place)| scope(&mut out, item, place));
    arranged.paths.iter().for_each(|path| edge(&mut out, path));
    boxes().for_each(|(item, place)| {
        let (x, y) = (place.x + 10.0, place.y + TITLE - 6.0);
        let _ = writeln!(out, r#"<text class="scope" x="{x:.1}" y="{y:.1}">{}</text>"#, escaped(&item.label));
    });
    placed().filter(|(item, _)| item.kind != Kind::Box).for_each(|(item, place)| shape(&mut out, item, place));
    out.push_str("</g>\n");
    legend.draw(&mut out, BORDER, BORDER + top + arranged.height + 14.0);
    out.push_str("</svg>\n");
    out
}

fn scope(out: &mut String, item: &Item, place: &Rectangle) {
    let (fill, line) = shapes::colours(Kind::Box);
    let _ = writeln!(
        out,
        r#"<g><title>{}</title>{} fill="{fill}" fill-opacity="0.07" stroke="{line}"/></g>"#,
        escaped(&item.hint),
        shapes::outline(Kind::Box, place)
    );
}

fn shape(out: &mut String, item: &Item, place: &Rectangle) {
    let (fill, line) = shapes::colours(item.kind);
    let behind = if item.kind == Kind::Closed {
        // A second sheet behind it: there is more inside.
        let sheet = Rectangle { x: place.x + 4.0, y: place.y - 4.0, ..*place };
        format!(r#"{} fill="{fill}" stroke="{line}"/>"#, shapes::outline(Kind::Closed, &sheet))
    } else {
        String::new()
    };
    let middle = place.x + place.width / 2.0;
    // The lid of a drum takes the upper part of it.
    let centre = place.y + place.height / 2.0 + if item.kind == Kind::Variable { 4.0 } else { 0.0 };
    let first = if item.detail.is_empty() { centre + 4.5 } else { centre - 1.5 };
    let _ = write!(
        out,
        r#"<g><title>{}</title>{behind}{} fill="{fill}" stroke="{line}"/><text class="label" x="{middle:.1}" y="{first:.1}">{}</text>"#,
        escaped(&item.hint),
        shapes::outline(item.kind, place),
        escaped(&item.label)
    );
    if !item.detail.is_empty() {
        let _ = write!(
            out,
            r#"<text class="detail" x="{middle:.1}" y="{:.1}">{}</text>"#,
            centre + 11.5,
            escaped(&item.detail)
        );
    }
    out.push_str("</g>\n");
}

/// A curve through the points that leaves and enters each of them downwards.
fn edge(out: &mut String, path: &Path) {
    let Some(&(x, y)) = path.points.first() else { return };
    let mut way = format!("M{x:.1} {y:.1}");
    for pair in path.points.windows(2) {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        let bend = ((y1 - y0) / 2.0).abs();
        let _ = if (x0 - x1).abs() < 0.5 {
            write!(way, " L{x1:.1} {y1:.1}")
        } else {
            write!(way, " C{x0:.1} {:.1} {x1:.1} {:.1} {x1:.1} {y1:.1}", y0 + bend, y1 - bend)
        };
    }
    let order = if path.control { " order" } else { "" };
    let arrow = if path.arrives { r#" marker-end="url(#arrow)""# } else { "" };
    let _ = writeln!(out, r#"<path class="edge{order}" d="{way}"{arrow}/>"#);
}

/// What the shapes mean, as far as they are in the picture.
struct Legend {
    entries: Vec<(Kind, &'static str)>,
    width: f64,
}

const SYMBOL: f64 = 30.0;

impl Legend {
    fn of(outline: &Outline) -> Legend {
        let all = [
            (Kind::Placeholder, "input"),
            (Kind::Variable, "variable"),
            (Kind::Constant, "constant"),
            (Kind::Op, "op"),
            (Kind::Output, "output"),
            (Kind::Update, "changes a variable"),
            (Kind::Box, "scope"),
            (Kind::Closed, "scope, closed"),
        ];
        let drawn = |kind: Kind| outline.items.iter().any(|item| item.kind == kind);
        let entries: Vec<_> = all.into_iter().filter(|&(kind, _)| drawn(kind)).collect();
        let width = entries.iter().map(|(_, words)| entry_width(words)).sum();
        Legend { entries, width }
    }

    fn draw(&self, out: &mut String, mut x: f64, y: f64) {
        for (kind, words) in &self.entries {
            let place = Rectangle { x, y, width: SYMBOL, height: 18.0 };
            let (fill, line) = shapes::colours(*kind);
            let faint = if *kind == Kind::Box { r#" fill-opacity="0.07""# } else { "" };
            let _ = writeln!(
                out,
                r#"{} fill="{fill}"{faint} stroke="{line}"/><text class="legend" x="{:.1}" y="{:.1}">{words}</text>"#,
                shapes::outline(*kind, &place),
                x + SYMBOL + 6.0,
                y + 13.0
            );
            x += entry_width(words);
        }
    }
}

fn entry_width(words: &str) -> f64 {
    SYMBOL + 24.0 + words.chars().count() as f64 * 6.2
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

//! What each kind of thing looks like.

use super::{
    arrangement::Rectangle,
    outline::{Item, Kind},
};

/// A character of a label, and of a second line.
const CHARACTER: f64 = 7.4;
const SMALL_CHARACTER: f64 = 6.1;

/// The room that an item takes; of a box only what its title takes.
pub(super) fn size(item: &Item) -> (f64, f64) {
    let label = item.label.chars().count() as f64 * CHARACTER;
    let detail = item.detail.chars().count() as f64 * SMALL_CHARACTER;
    let two_lines = !item.detail.is_empty();
    let text = label.max(detail);
    match item.kind {
        Kind::Box => (label + 28.0, 0.0),
        Kind::Constant => (text + 20.0, if two_lines { 34.0 } else { 22.0 }),
        Kind::Variable => ((text + 28.0).max(70.0), 52.0),
        Kind::Placeholder | Kind::Output => ((text + 44.0).max(80.0), 40.0),
        Kind::Closed => ((text + 32.0).max(90.0), 44.0),
        Kind::Op | Kind::Update => ((text + 26.0).max(64.0), if two_lines { 40.0 } else { 28.0 }),
    }
}

/// Fill, line and width of the line.
pub(super) fn colours(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Box => ("#5b7083", "#b8c4cf"),
        Kind::Closed => ("#e6ebf0", "#8a9aa8"),
        Kind::Placeholder => ("#e2f2e4", "#4f9a5b"),
        Kind::Variable => ("#fdeccb", "#c98a1b"),
        Kind::Constant => ("#f1f1f1", "#b5b5b5"),
        Kind::Op => ("#ffffff", "#5b7fb5"),
        Kind::Update => ("#fbe3e0", "#c25b4e"),
        Kind::Output => ("#e8e2f5", "#7a62b5"),
    }
}

/// The outline of an item as SVG, without what it is filled with.
pub(super) fn outline(kind: Kind, place: &Rectangle) -> String {
    let Rectangle { x, y, width, height } = *place;
    let (right, bottom) = (x + width, y + height);
    let rounded =
        |radius: f64| format!(r#"<rect x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}" rx="{radius}""#);
    match kind {
        Kind::Box => rounded(8.0),
        Kind::Op => rounded(6.0),
        Kind::Update => rounded(6.0),
        Kind::Constant => rounded((height / 2.0).min(11.0)),
        Kind::Closed => rounded(8.0),
        // A drum, as memory is drawn.
        Kind::Variable => {
            let (middle, lid) = (width / 2.0, 6.0);
            let (upper, lower) = (y + lid, bottom - lid);
            format!(
                r#"<path d="M{x:.1} {upper:.1} a{middle:.1} {lid} 0 0 1 {width:.1} 0 V{lower:.1} a{middle:.1} {lid} 0 0 1 -{width:.1} 0 Z M{x:.1} {upper:.1} a{middle:.1} {lid} 0 0 0 {width:.1} 0""#
            )
        }
        Kind::Output => rounded(height / 2.0),
        // Leaning, as what comes from outside is drawn.
        Kind::Placeholder => {
            let lean = 12.0;
            format!(r#"<path d="M{:.1} {y:.1} H{right:.1} L{:.1} {bottom:.1} H{x:.1} Z""#, x + lean, right - lean)
        }
    }
}

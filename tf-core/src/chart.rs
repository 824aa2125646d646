//! Charts of curves as SVG: a loss over steps, to be looked at in any browser.

use crate::error::{Error, Result, Status};
use std::{
    fmt::{self, Write},
    path::Path,
};

/// Size of the picture, and of the margins around the curves: left, top, right, bottom.
const SIZE: (f64, f64) = (720.0, 400.0);
const MARGINS: (f64, f64, f64, f64) = (64.0, 40.0, 16.0, 48.0);
/// Colours that are told apart also by those who see few of them (Okabe and Ito 2008).
const COLORS: [&str; 7] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"];
/// About as many marks on an axis.
const MARKS: f64 = 6.0;

/// Curves in one picture, with axes and a legend. `Display` writes the SVG.
///
/// ```
/// # use tf_core as tf;
/// use tf::chart::Chart;
/// let loss = (0..100).map(|step| (f64::from(step), 1.0 / f64::from(step + 1)));
/// let chart = Chart::new("learning").x_label("step").curve("train", loss).curve("eval", [(0.0, 1.1), (99.0, 0.2)]).log_y();
/// assert!(chart.to_svg().starts_with("<svg"));
/// ```
#[derive(Clone, Debug)]
pub struct Chart {
    title: String,
    x_label: String,
    y_label: String,
    log_y: bool,
    curves: Vec<(String, Vec<(f64, f64)>)>,
    below: Vec<Chart>,
}

impl Chart {
    /// A chart with this title and no curves.
    pub fn new(title: impl Into<String>) -> Chart {
        Chart {
            title: title.into(),
            x_label: String::new(),
            y_label: String::new(),
            log_y: false,
            curves: Vec::new(),
            below: Vec::new(),
        }
    }

    /// What is written along the horizontal axis.
    pub fn x_label(mut self, label: impl Into<String>) -> Self {
        self.x_label = label.into();
        self
    }

    /// What is written along the vertical axis.
    pub fn y_label(mut self, label: impl Into<String>) -> Self {
        self.y_label = label.into();
        self
    }

    /// Powers of ten at equal distances on the vertical axis; numbers that are not positive are left out then.
    pub fn log_y(mut self) -> Self {
        self.log_y = true;
        self
    }

    /// A curve through these points, named in the legend. Points that are not finite are left out.
    pub fn curve(mut self, name: impl Into<String>, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        self.curves.push((name.into(), points.into_iter().collect()));
        self
    }

    /// Another chart below this one and those that are below it already, in the same picture: for numbers of another size, with an axis of their own.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::chart::Chart;
    /// let psnr = Chart::new("").y_label("psnr").curve("eval", [(0.0, 14.0), (99.0, 26.0)]);
    /// let chart = Chart::new("learning").y_label("loss").curve("train", [(0.0, 0.9), (99.0, 0.1)]).below(psnr);
    /// assert_eq!(chart.to_svg().matches("</svg>").count(), 3);
    /// ```
    pub fn below(mut self, mut chart: Chart) -> Self {
        let further = std::mem::take(&mut chart.below);
        self.below.push(chart);
        self.below.extend(further);
        self
    }

    /// The picture.
    pub fn to_svg(&self) -> String {
        self.to_string()
    }

    /// Writes the picture into a file.
    ///
    /// # Errors
    /// E-CHART if the system refuses.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        std::fs::write(path, self.to_svg()).map_err(|error| unwritable(path, &error))
    }

    /// The points that can be drawn, with the vertical coordinate as it is drawn.
    fn drawn(&self) -> Vec<Vec<(f64, f64)>> {
        let scaled = |&(x, y): &(f64, f64)| {
            let y = if self.log_y { y.log10() } else { y };
            (x.is_finite() && y.is_finite()).then_some((x, y))
        };
        self.curves.iter().map(|(_, points)| points.iter().filter_map(scaled).collect()).collect()
    }
}

/// Looks for the folder that a chart is to be written into.
///
/// # Errors
/// E-CHART if it is not there.
pub(crate) fn check_folder(path: &Path) -> Result<()> {
    match path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) if !folder.is_dir() => Err(unwritable(path, &"there is no such folder")),
        _ => Ok(()),
    }
}

fn unwritable(path: &Path, error: &dyn fmt::Display) -> Error {
    let text = format!(
        "the chart `{}` cannot be written: {error}\n  help: look at the folder, which must be there, and the space in it",
        path.display()
    );
    Error::new(Status::FailedPrecondition, "E-CHART", text)
}

/// What an axis shows, from the lowest to the highest number.
#[derive(Clone, Copy, Debug)]
struct Axis {
    low: f64,
    high: f64,
}

impl Axis {
    fn over(numbers: impl Iterator<Item = f64>) -> Axis {
        let (low, high) = numbers.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
        if low > high {
            return Axis { low: 0.0, high: 1.0 };
        }
        // One number alone stands in the middle.
        let room = if high > low { 0.0 } else { low.abs().max(1.0) / 2.0 };
        Axis { low: low - room, high: high + room }
    }

    /// Where a number is, from 0 to 1.
    fn place(self, x: f64) -> f64 {
        (x - self.low) / (self.high - self.low)
    }

    /// Round numbers on the axis: 1, 2 or 5 times a power of ten apart, and at least `least`.
    fn marks(self, least: f64) -> Vec<f64> {
        let raw = ((self.high - self.low) / MARKS).max(least);
        let power = 10f64.powf(raw.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|n| n * power).find(|step| *step >= raw * 0.999);
        let step = step.unwrap_or(10.0 * power);
        let first = (self.low / step).ceil();
        (0..100).map(|i| (first + f64::from(i)) * step).take_while(|x| *x <= self.high + step * 1e-9).collect()
    }
}

impl fmt::Display for Chart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (width, height) = SIZE;
        if self.below.is_empty() {
            return self.write(f, "");
        }
        let all = height * (1 + self.below.len()) as f64;
        writeln!(f, r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {all}">"#)?;
        for (index, chart) in std::iter::once(self).chain(&self.below).enumerate() {
            chart.write(f, &format!(r#" y="{}" width="{width}" height="{height}""#, height * index as f64))?;
        }
        writeln!(f, "</svg>")
    }
}

impl Chart {
    /// This chart without those below; `place` says where it lies in a picture of several.
    fn write(&self, f: &mut fmt::Formatter<'_>, place: &str) -> fmt::Result {
        let curves = self.drawn();
        let x = Axis::over(curves.iter().flatten().map(|point| point.0));
        let y = Axis::over(curves.iter().flatten().map(|point| point.1));
        let (left, top, right, bottom) = MARGINS;
        let (width, height) = (SIZE.0 - left - right, SIZE.1 - top - bottom);
        let (across, down) = (|value| left + x.place(value) * width, |value| top + (1.0 - y.place(value)) * height);
        writeln!(
            f,
            r#"<svg xmlns="http://www.w3.org/2000/svg"{place} viewBox="0 0 {} {}" font-family="sans-serif" font-size="12">"#,
            SIZE.0, SIZE.1
        )?;
        writeln!(f, r#"<rect width="100%" height="100%" fill="white"/>"#)?;
        writeln!(f, r#"<text x="{left}" y="22" font-size="15">{}</text>"#, Escaped(&self.title))?;
        let (end, base) = (left + width, top + height);
        for mark in x.marks(0.0) {
            let at = across(mark);
            writeln!(f, r##"<line x1="{at:.1}" y1="{top}" x2="{at:.1}" y2="{base}" stroke="#ddd"/>"##)?;
            writeln!(f, r#"<text x="{at:.1}" y="{:.1}" text-anchor="middle">{}</text>"#, base + 16.0, number(mark))?;
        }
        for mark in y.marks(if self.log_y { 1.0 } else { 0.0 }) {
            let at = down(mark);
            let text = if self.log_y { format!("1e{mark}") } else { number(mark) };
            writeln!(f, r##"<line x1="{left}" y1="{at:.1}" x2="{end}" y2="{at:.1}" stroke="#ddd"/>"##)?;
            writeln!(f, r#"<text x="{:.1}" y="{:.1}" text-anchor="end">{text}</text>"#, left - 6.0, at + 4.0)?;
        }
        writeln!(f, r##"<rect x="{left}" y="{top}" width="{width}" height="{height}" fill="none" stroke="#888"/>"##)?;
        let (middle, low) = (left + width / 2.0, SIZE.1 - 10.0);
        writeln!(f, r#"<text x="{middle}" y="{low}" text-anchor="middle">{}</text>"#, Escaped(&self.x_label))?;
        let middle = top + height / 2.0;
        writeln!(
            f,
            r#"<text transform="translate(14 {middle}) rotate(-90)" text-anchor="middle">{}</text>"#,
            Escaped(&self.y_label)
        )?;
        for (index, points) in curves.iter().enumerate() {
            let color = COLORS[index % COLORS.len()];
            let mut path = String::new();
            points.iter().try_for_each(|&(x, y)| write!(path, "{:.1},{:.1} ", across(x), down(y)))?;
            let path = path.trim_end();
            writeln!(f, r#"<polyline points="{path}" fill="none" stroke="{color}" stroke-width="1.5"/>"#)?;
            // A curve of few points shows them, since a line of one would show nothing.
            for (x, y) in points.iter().filter(|_| points.len() <= 40) {
                writeln!(f, r#"<circle cx="{:.1}" cy="{:.1}" r="2.5" fill="{color}"/>"#, across(*x), down(*y))?;
            }
        }
        for (index, (name, _)) in self.curves.iter().enumerate() {
            let (color, at) = (COLORS[index % COLORS.len()], top + 16.0 + 16.0 * index as f64);
            let from = end - 12.0;
            writeln!(
                f,
                r#"<text x="{:.1}" y="{at:.1}" text-anchor="end" fill="{color}">{}</text>"#,
                from,
                Escaped(name)
            )?;
        }
        writeln!(f, "</svg>")
    }
}

/// A mark's number, without digits that say nothing.
fn number(x: f64) -> String {
    if x != 0.0 && !(1e-4..1e7).contains(&x.abs()) {
        return format!("{x:.0e}");
    }
    let text = format!("{x:.6}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// Text inside an SVG.
struct Escaped<'t>(&'t str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            '&' => f.write_str("&amp;"),
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            c => f.write_char(c),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coordinates(svg: &str) -> Vec<Vec<(f64, f64)>> {
        let lines = svg.split("<polyline points=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
        let point = |text: &str| text.split_once(',').map(|(x, y)| (x.parse().unwrap(), y.parse().unwrap())).unwrap();
        lines.map(|line| line.split_whitespace().map(point).collect()).collect()
    }

    #[test]
    fn curves_lie_within_the_axes_and_rise_as_their_numbers_do() {
        let chart =
            Chart::new("a < b").curve("train", [(0.0, 4.0), (5.0, 1.0), (10.0, f64::NAN)]).curve("eval", [(10.0, 8.0)]);
        let svg = chart.to_svg();
        assert_eq!(coordinates(&svg), [vec![(64.0, 218.3), (384.0, 352.0)], vec![(704.0, 40.0)]]);
        assert!(svg.contains("a &lt; b") && svg.contains(">train</text>") && svg.contains(">eval</text>"));
    }

    #[test]
    fn a_logarithmic_axis_leaves_out_what_is_not_positive() {
        let svg = Chart::new("").log_y().curve("loss", [(0.0, 1.0), (1.0, 0.1), (2.0, 0.0), (3.0, 0.01)]).to_svg();
        let [points] = &coordinates(&svg)[..] else { panic!("there is one curve") };
        assert_eq!(points.iter().map(|point| point.1).collect::<Vec<_>>(), [40.0, 196.0, 352.0]);
        assert!(svg.contains(">1e-2<") && svg.contains(">1e0<"), "{svg}");
    }

    #[test]
    fn marks_are_round_numbers() {
        assert_eq!(Axis { low: 0.0, high: 1000.0 }.marks(0.0), [0.0, 200.0, 400.0, 600.0, 800.0, 1000.0]);
        assert_eq!(
            Axis { low: 0.13, high: 0.29 }.marks(0.0).iter().map(|x| number(*x)).collect::<Vec<_>>(),
            ["0.15", "0.2", "0.25"]
        );
        assert_eq!(Chart::new("empty").to_svg().matches("<polyline").count(), 0);
    }
}

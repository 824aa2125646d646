//! Pictures of a graph: its scopes as boxes inside each other, its ops in them, from the top down.
//!
//! | file | what it does |
//! |---|---|
//! | `outline` | what is drawn: which ops, in which boxes, joined by what |
//! | `layers` | one box: the rows of what is in it, and the order in each row |
//! | `places` | one box: the places in the rows |
//! | `arrangement` | boxes in boxes, and the ways of edges through them |
//! | `svg`, `shapes`, `dot` | the files |

mod arrangement;
mod dot;
mod layers;
mod outline;
mod places;
mod shapes;
mod svg;

use super::Graph;
use outline::Outline;

/// More than this many shapes are too many to read: then deep scopes are drawn closed.
const READABLE: usize = 80;

/// A picture of a graph to be made: [`to_svg`](Drawing::to_svg) draws it, [`to_dot`](Drawing::to_dot) leaves that to Graphviz.
///
/// Scopes are boxes that nest; variables, placeholders, constants and ops have shapes of their own. What gives variables their
/// initial values is left out. Of a large graph deep scopes are drawn closed, with a count of what is in them, so that the picture stays readable;
/// [`depth`](Drawing::depth) says how deep it shall be. TensorBoard draws graphs like this.
///
/// ```
/// # use tf_core as tf;
/// use tf::{Graph, VariableOptions, get_variable, matmul, placeholder, variable_scope};
/// let graph = Graph::new();
/// graph.build(|| {
///     let x = placeholder::<f32, _>("x", [2, 3]);
///     variable_scope("dense", |_| matmul(x, get_variable("weights", [3, 4], VariableOptions::new())))
/// })?;
/// let svg = graph.drawing().title("One layer").to_svg();
/// assert!(svg.starts_with("<svg") && svg.contains(">dense<") && svg.contains(">weights<"));
/// assert!(graph.drawing().to_dot().contains("subgraph"));
/// # Ok::<(), tf::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "`to_svg` and `to_dot` make the picture"]
pub struct Drawing {
    graph: Graph,
    title: String,
    depth: Option<usize>,
    initial_values: bool,
}

impl Graph {
    /// A picture of the graph.
    pub fn drawing(&self) -> Drawing {
        Drawing { graph: self.clone(), title: String::new(), depth: None, initial_values: false }
    }
}

impl Drawing {
    /// A line above the picture.
    pub fn title(mut self, title: &str) -> Self {
        title.clone_into(&mut self.title);
        self
    }

    /// How many scopes inside each other are drawn open; 0 draws those of the root closed. Left out, a small graph is drawn open,
    /// and a large one as deep as it stays readable.
    pub fn depth(mut self, depth: usize) -> Self {
        self.depth = Some(depth);
        self
    }

    /// Whether the ops that give variables their initial values are drawn too.
    pub fn initial_values(mut self, drawn: bool) -> Self {
        self.initial_values = drawn;
        self
    }

    /// The picture as SVG, to be written into a file or a page.
    pub fn to_svg(&self) -> String {
        svg::picture(&self.title, &self.outline())
    }

    /// The picture in Graphviz's language: `dot -Tpdf`.
    pub fn to_dot(&self) -> String {
        dot::text(&self.title, &self.outline())
    }

    fn outline(&self) -> Outline {
        let whole = Outline::of(&self.graph.state(), self.initial_values);
        match self.depth {
            Some(depth) => whole.closed_below(depth),
            None => whole.readable(READABLE),
        }
    }
}

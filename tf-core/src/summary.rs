//! What a person wants to see of a graph's variables: a table, and who shares what.

use crate::{
    call_site::CallSite,
    check::VariableInfo,
    graph::{
        Graph,
        described::{PartDescription, VariableDescription},
    },
};
use std::fmt;

/// A table of variables: name, shape, element type, whether they are trained, the devices they are wanted on where any is said, how
/// many places of the program share them, parameters, bytes, and the sums. Below a variable in parts stand those.
///
/// `{}` prints the table; `{:#}` prints below it where each variable is created and shared, as [`SharingReport`] does.
///
/// ```
/// # use tf_core as tf;
/// use tf::{Graph, VariableOptions, get_variable};
/// let graph = Graph::new();
/// let _ = graph.build(|| get_variable::<f32, _, _>("weights", [3, 4], VariableOptions::new()))?;
/// let table = graph.summary().to_string();
/// assert!(table.contains("weights") && table.contains("[3, 4]") && table.lines().last().unwrap().ends_with("48"));
/// # Ok::<(), tf::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Summary {
    title: String,
    variables: Vec<VariableDescription>,
}

/// A column: its heading, whether it is flushed left, and a variable's cell. One that is empty for every variable is left out.
type Column = (&'static str, bool, fn(&VariableDescription) -> String);

const COLUMNS: &[Column] = &[
    ("shape", false, |v| v.spec.shape.to_string()),
    ("dtype", true, |v| v.spec.dtype.name().to_owned()),
    ("trainable", true, |v| if v.trainable { "yes" } else { "no" }.to_owned()),
    ("device", true, |v| v.device.to_string()),
    ("call sites", false, |v| v.sites.len().to_string()),
    ("parameters", false, |v| parameters(v).to_string()),
    ("bytes", false, |v| bytes(v).to_string()),
];

fn parameters(variable: &VariableDescription) -> usize {
    variable.spec.shape.elements().unwrap_or(0)
}

fn bytes(variable: &VariableDescription) -> usize {
    variable.spec.bytes().unwrap_or(0)
}

impl Summary {
    pub(crate) fn new(title: &str, variables: Vec<VariableDescription>) -> Summary {
        Summary { title: title.to_owned(), variables }
    }

    /// With the places that rustc's check of the model found: it knows the calls of layers, which the graph does not.
    #[doc(hidden)]
    pub fn checked(mut self, known: &[VariableInfo]) -> Summary {
        for variable in &mut self.variables {
            if let Some(known) = known.iter().find(|known| known.name == *variable.name) {
                (variable.calls, variable.sites) = (known.calls, known.sites());
            }
        }
        self
    }

    /// The variables, in the order in which they were created.
    pub fn variables(&self) -> &[VariableDescription] {
        &self.variables
    }

    /// The number of elements of all variables.
    pub fn parameters(&self) -> usize {
        self.variables.iter().map(parameters).sum()
    }

    /// The bytes of all variables.
    pub fn bytes(&self) -> usize {
        self.variables.iter().map(bytes).sum()
    }

    /// Who shares what.
    pub fn sharing(&self) -> SharingReport {
        SharingReport(self.variables.iter().map(Shared::from).collect())
    }

    /// The cells: the headings, a row for each variable, the sums.
    fn rows(&self) -> Vec<Vec<(bool, String)>> {
        let placed = |v: &VariableDescription| v.parts.iter().any(|part| !part.device.to_string().is_empty());
        let shown = |column: &&Column| {
            let filled = |v: &VariableDescription| !column.2(v).is_empty() || column.0 == "device" && placed(v);
            self.variables.is_empty() || self.variables.iter().any(filled)
        };
        let columns: Vec<&Column> = COLUMNS.iter().filter(shown).collect();
        let row = |name: &str, cell: &dyn Fn(&Column) -> String| {
            let cells = columns.iter().map(|column| (column.1, cell(column)));
            std::iter::once((true, name.to_owned())).chain(cells).collect()
        };
        let sums = |column: &Column| match column.0 {
            "parameters" => self.parameters().to_string(),
            "bytes" => self.bytes().to_string(),
            _ => String::new(),
        };
        let headings = row(&self.title, &|column| column.0.to_owned());
        let part = |part: &PartDescription| {
            let label = part.name.rsplit('/').next().unwrap_or_default();
            row(&format!("  {label}"), &|column| match column.0 {
                "shape" => part.shape.to_string(),
                "device" => part.device.to_string(),
                _ => String::new(),
            })
        };
        let rows_of = |v: &VariableDescription| {
            let whole = row(&v.name, &|column| column.2(v));
            std::iter::once(whole).chain(v.parts.iter().map(part)).collect::<Vec<_>>()
        };
        let variables = self.variables.iter().flat_map(rows_of);
        std::iter::once(headings).chain(variables).chain([row("total", &sums)]).collect()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.rows();
        let wide = |column: usize| rows.iter().map(|row| row[column].1.chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..rows[0].len()).map(wide).collect();
        for row in &rows {
            let mut line = String::new();
            for (&(left, ref cell), width) in row.iter().zip(&widths) {
                let gap = if line.is_empty() { "" } else { "  " };
                line += &if left { format!("{gap}{cell:width$}") } else { format!("{gap}{cell:>width$}") };
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        if f.alternate() { write!(f, "\n{}", self.sharing()) } else { Ok(()) }
    }
}

/// For each variable every place of the program that creates or shares it, and the way there.
///
/// The way is that of the calls of layers, in a graph ([`Graph::summary`], [`Summary::sharing`]) as in a model that rustc has checked
/// (`SharingReport::from(MODEL::VARIABLES)`). Functions that are no layers, and dynamic layers, lead on by the scopes that they open.
///
/// ```
/// # use tf_core as tf;
/// use tf::{AUTO_REUSE, Graph, VariableOptions, get_variable, scope, variable_scope};
/// let graph = Graph::new();
/// graph.build(|| {
///     for _ in 0..2 {
///         variable_scope(scope("tower").reuse(AUTO_REUSE), |_| {
///             let _ = get_variable::<f32, _, _>("w", [3], VariableOptions::new());
///         });
///     }
/// })?;
/// let report = graph.summary().sharing();
/// assert_eq!((report.variables()[0].calls, report.variables()[0].sites.len()), (2, 1));
/// assert!(report.to_string().starts_with("tower/w: f32[3], 2 calls\n  created at "));
/// # Ok::<(), tf::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SharingReport(Vec<Shared>);

/// A variable in a [`SharingReport`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shared {
    /// The whole name.
    pub name: String,
    /// Shape and element type, as in `f32[3, 4]`.
    pub spec: String,
    /// How many calls of `get_variable` came to it.
    pub calls: usize,
    /// Where from; the place that creates it first. Of very many places the last are missing.
    pub sites: Vec<CallSite>,
}

impl From<&VariableDescription> for Shared {
    fn from(v: &VariableDescription) -> Shared {
        Shared { name: v.name.clone(), spec: v.spec.to_string(), calls: v.calls, sites: v.sites.clone() }
    }
}

impl From<&VariableInfo> for Shared {
    fn from(v: &VariableInfo) -> Shared {
        Shared { name: v.name.to_string(), spec: v.spec.to_string(), calls: v.calls, sites: v.sites() }
    }
}

impl From<&[VariableInfo]> for SharingReport {
    fn from(variables: &[VariableInfo]) -> SharingReport {
        SharingReport(variables.iter().map(Shared::from).collect())
    }
}

impl SharingReport {
    /// The variables, in the order in which they are created.
    pub fn variables(&self) -> &[Shared] {
        &self.0
    }
}

impl fmt::Display for SharingReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Shared { name, spec, calls, sites } in &self.0 {
            writeln!(f, "{name}: {spec}, {calls} call{}", if *calls == 1 { "" } else { "s" })?;
            for (i, site) in sites.iter().enumerate() {
                writeln!(f, "  {} at {site}", if i == 0 { "created" } else { "shared" })?;
            }
            let listed: usize = sites.iter().map(|site| site.times).sum();
            if listed < *calls {
                writeln!(f, "  and {} calls from further places", calls - listed)?;
            }
        }
        Ok(())
    }
}

impl Graph {
    /// A table of the variables, with the places of the program that share them.
    pub fn summary(&self) -> Summary {
        Summary::new("variables", self.variables())
    }
}

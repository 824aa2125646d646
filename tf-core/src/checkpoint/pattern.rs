//! Names with holes: `features.{i}.weight` is any name of that form, and `conv{i}/weights` takes what was in the hole.

/// A name, or the form of names.
#[derive(Clone, Debug)]
pub(super) struct Pattern(Vec<Part>);

#[derive(Clone, Debug)]
enum Part {
    Text(String),
    /// Any part of a name between `/` and `.`, at least one character.
    Hole(String),
}

/// What is in the holes of a name.
pub(super) type Holes<'n> = Vec<(String, &'n str)>;

impl Pattern {
    /// # Errors
    /// What is wrong with the braces.
    pub(super) fn parse(text: &str) -> Result<Pattern, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((hole, after)) = after.split_once('}') else {
                return Err(format!("`{text}` has a `{{` that is not closed"));
            };
            if hole.is_empty() || !hole.chars().all(|c| c.is_alphanumeric() || c == '_') {
                return Err(format!("the hole `{{{hole}}}` of `{text}` has no name of letters and digits"));
            }
            if parts.iter().any(|part| matches!(part, Part::Hole(known) if known == hole)) {
                return Err(format!("`{text}` has the hole `{{{hole}}}` twice"));
            }
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            } else if matches!(parts.last(), Some(Part::Hole(_))) {
                return Err(format!("`{text}` has two holes with nothing between them"));
            }
            parts.push(Part::Hole(hole.to_owned()));
            rest = after;
        }
        if !rest.is_empty() || parts.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Pattern(parts))
    }

    /// The holes that this has and the other has not.
    pub(super) fn beyond<'p>(&'p self, other: &Pattern) -> Option<&'p str> {
        let holes = |pattern: &'p Pattern| {
            pattern.0.iter().filter_map(|part| match part {
                Part::Hole(hole) => Some(hole.as_str()),
                Part::Text(_) => None,
            })
        };
        holes(self).find(|hole| !other.0.iter().any(|part| matches!(part, Part::Hole(known) if known == hole)))
    }

    /// What is in the holes, if the name is of this form. Each hole takes as little as it can.
    pub(super) fn holes<'n>(&self, name: &'n str) -> Option<Holes<'n>> {
        let mut holes = Holes::new();
        fill(&self.0, name, &mut holes).then_some(holes)
    }

    pub(super) fn matches(&self, name: &str) -> bool {
        self.holes(name).is_some()
    }

    /// The name with the holes filled.
    pub(super) fn filled(&self, holes: &Holes<'_>) -> String {
        let of = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Hole(hole) => {
                holes.iter().find(|(known, _)| known == hole).map_or_else(String::new, |(_, text)| (*text).to_owned())
            }
        };
        self.0.iter().map(of).collect()
    }
}

impl std::fmt::Display for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|part| match part {
            Part::Text(text) => f.write_str(text),
            Part::Hole(hole) => write!(f, "{{{hole}}}"),
        })
    }
}

fn fill<'n>(parts: &[Part], name: &'n str, holes: &mut Holes<'n>) -> bool {
    let Some((first, rest)) = parts.split_first() else { return name.is_empty() };
    match first {
        Part::Text(text) => name.strip_prefix(text.as_str()).is_some_and(|after| fill(rest, after, holes)),
        Part::Hole(hole) => {
            let longest = name.find(['/', '.']).unwrap_or(name.len());
            let ends = name[..longest].char_indices().map(|(at, c)| at + c.len_utf8());
            for end in ends {
                holes.push((hole.clone(), &name[..end]));
                if fill(rest, &name[end..], holes) {
                    return true;
                }
                holes.pop();
            }
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn renamed(from: &str, to: &str, name: &str) -> Option<String> {
        Pattern::parse(from).unwrap().holes(name).map(|holes| Pattern::parse(to).unwrap().filled(&holes))
    }

    #[test]
    fn holes_take_a_part_of_a_name() {
        assert_eq!(renamed("features.{i}.weight", "conv{i}/weights", "features.10.weight").unwrap(), "conv10/weights");
        assert_eq!(renamed("{net}.{i}.bias", "{i}/{net}/biases", "encoder.2.bias").unwrap(), "2/encoder/biases");
        assert_eq!(renamed("block{a}_{b}", "{b}-{a}", "block1_2_3").unwrap(), "2_3-1");
        assert_eq!(renamed("é{x}é", "{x}", "éüé").unwrap(), "ü");
        assert_eq!(renamed("plain", "other", "plain").unwrap(), "other");
        for name in ["features.10.bias", "features.a.b.weight", "features..weight", "xfeatures.1.weight"] {
            assert_eq!(renamed("features.{i}.weight", "conv{i}", name), None, "{name}");
        }
    }

    #[test]
    fn braces_that_mean_nothing_are_refused() {
        for (text, why) in
            [("a{i", "not closed"), ("a{}", "no name"), ("{i}{j}", "nothing between"), ("{i}/{i}", "twice")]
        {
            assert!(Pattern::parse(text).unwrap_err().contains(why), "{text}");
        }
        let of = |text| Pattern::parse(text).unwrap();
        assert_eq!(of("{i}/{j}").beyond(&of("{i}")), Some("j"));
        assert_eq!(of("{i}").beyond(&of("{i}/{j}")), None);
    }
}

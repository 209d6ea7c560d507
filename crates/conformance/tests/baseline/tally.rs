//! Rows by area and by the point that decides.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::uncovered::Uncovered;

/// The points, as columns. A request that is delivered has passed them all.
const POINTS: [&str; 6] = ["delivered", "answered", "sidecar", "ztunnel", "waypoint", "nowhere"];

#[derive(Default)]
pub(crate) struct Tally(BTreeMap<String, [usize; 6]>);

impl Tally {
    /// Counts a row of a mesh. The area is the set, with the group and the side of the mesh.
    pub(crate) fn count(&mut self, mesh: &str, decision: &str) {
        let (path, side) = mesh.rsplit_once(' ').unwrap_or((mesh, ""));
        let (area, _) = path.split_once('/').unwrap_or_else(|| path.split_once(' ').unwrap_or((path, "")));
        let column = match decision.split_once(' ') {
            Some(("answer", _)) => 1,
            Some(("refused", at)) => POINTS.iter().position(|point| at.starts_with(point)).unwrap_or(5),
            _ => POINTS.iter().position(|point| decision.contains(&format!("!{point}"))).unwrap_or(0),
        };
        self.0.entry(format!("{area} {side}")).or_default()[column] += 1;
    }

    pub(crate) fn text(&self, uncovered: &Uncovered) -> String {
        let mut text = format!("{:<32}", "rows");
        POINTS.iter().for_each(|point| write!(text, "{point:>10}").unwrap());
        let mut total = [0; 6];
        for (area, counts) in &self.0 {
            write!(text, "\n{area:<32}").unwrap();
            counts.iter().for_each(|count| write!(text, "{count:>10}").unwrap());
            total.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        }
        let sum: usize = total.iter().sum();
        write!(text, "\n{:<32}", format!("all {sum}")).unwrap();
        total.iter().for_each(|count| write!(text, "{count:>10}").unwrap());
        format!("{text}\nlisted as not covered by the model: {}\n", uncovered.count())
    }
}

//! Text in columns: cells end at a tab, a column is as wide as its widest cell and some padding.
//!
//! A column is a run of consecutive lines that have a tab-terminated cell there; what follows a line's last tab is in
//! no column. That is why the values of a description start at other places in each of its parts.

/// How wide columns are.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// No column is narrower, in characters.
    pub min_width: usize,
    /// Blanks after the widest cell.
    pub padding: usize,
}

/// What `kubectl get` lays its tables out with.
// upstream: cli-runtime/pkg/printers/tabwriter.go GetNewTabWriter
pub const TABLE: Style = Style { min_width: 6, padding: 3 };

/// What `kubectl describe` lays its text out with.
// upstream: kubectl/pkg/describe/describe.go tabbedString
pub const DESCRIPTION: Style = Style { min_width: 0, padding: 2 };

/// `text`, its cells separated by tabs, in columns.
pub fn layout(text: &str, style: Style) -> String {
    layout_remembering(text, style, &mut None)
}

/// [`layout`] that makes no column narrower than it was in the calls before: `remembered` are those widths, if any.
// upstream: liggitt/tabwriter RememberWidths
pub fn layout_remembering(text: &str, style: Style, remembered: &mut Option<Vec<usize>>) -> String {
    let lines: Vec<Vec<&str>> = text.split('\n').map(|line| line.split('\t').collect()).collect();
    let mut writer =
        Writer { lines, style, widths: Vec::new(), remembered, out: String::with_capacity(text.len() * 2) };
    writer.format(0, writer.lines.len());
    writer.out
}

struct Writer<'a> {
    lines: Vec<Vec<&'a str>>,
    style: Style,
    widths: Vec<usize>,
    remembered: &'a mut Option<Vec<usize>>,
    out: String,
}

impl Writer<'_> {
    // upstream: text/tabwriter/tabwriter.go Writer.format
    fn format(&mut self, from: usize, to: usize) {
        let column = self.widths.len();
        let has_cell = |w: &Self, line: usize| w.lines.get(line).is_some_and(|cells| column + 1 < cells.len());
        let mut start = from;
        let mut line = from;
        while line < to {
            if !has_cell(self, line) {
                line += 1;
                continue;
            }
            self.write(start, line);
            start = line;
            let mut width = self.style.min_width;
            while line < to && has_cell(self, line) {
                width = width.max(self.lines[line][column].chars().count() + self.style.padding);
                line += 1;
            }
            let width = self.remember(column, width);
            self.widths.push(width);
            self.format(start, line);
            self.widths.pop();
            start = line;
        }
        self.write(start, to);
    }

    fn remember(&mut self, column: usize, width: usize) -> usize {
        let Some(remembered) = self.remembered else { return width };
        if remembered.len() <= column {
            remembered.resize(column + 1, 0);
        }
        remembered[column] = remembered[column].max(width);
        remembered[column]
    }

    fn write(&mut self, from: usize, to: usize) {
        for number in from..to {
            for (column, cell) in self.lines[number].iter().enumerate() {
                self.out.push_str(cell);
                if let Some(width) = self.widths.get(column) {
                    let blanks = width.saturating_sub(cell.chars().count());
                    self.out.extend(std::iter::repeat_n(' ', blanks));
                }
            }
            if number + 1 < self.lines.len() {
                self.out.push('\n');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_without_tabs_ends_a_column() {
        let text = "Name:\trs\nReplicas:\t1\nPod Template:\n  Labels:\tapp=x\nEvents:\t<none>\n";
        let want = "Name:      rs\nReplicas:  1\nPod Template:\n  Labels:  app=x\nEvents:    <none>\n";
        assert_eq!(layout(text, DESCRIPTION), want);
    }

    #[test]
    fn empty_cells_and_short_columns_are_padded() {
        assert_eq!(layout("A\tB\nx\t\n", TABLE), "A     B\nx     \n");
        assert_eq!(layout("IP:\t\nNext:\ty\n", DESCRIPTION), "IP:    \nNext:  y\n");
    }

    #[test]
    fn widths_are_remembered() {
        let mut widths = Some(Vec::new());
        assert_eq!(
            layout_remembering("NAME\tAGE\nlonger-name\t1s\n", TABLE, &mut widths),
            "NAME          AGE\nlonger-name   1s\n"
        );
        assert_eq!(layout_remembering("a\t2s\n", TABLE, &mut widths), "a             2s\n");
    }
}

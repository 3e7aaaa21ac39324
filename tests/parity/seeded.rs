//! The page's lines of what the seed decides. `tests/seed` compares it, in a process of its own.

#[path = "../seed/table.rs"]
mod table;

use crate::fixture::json;
use crate::page::Row;
use table::{DRAWS, DROPOUTS, INITS, LAYERS};

/// A line for each function, with the cases that are compared.
pub(crate) fn rows() -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut add = |torch: String, deltarule: String, case: String| {
        let place = rows.iter().position(|row| row.torch == torch);
        let Some(row) = place.map(|place| &mut rows[place]) else {
            return rows.push(Row {
                torch,
                deltarule,
                short: None,
                options: Some(case),
                errors: Vec::new(),
                notes: Vec::new(),
            });
        };
        if !row.deltarule.split('\n').any(|name| name == deltarule) {
            row.deltarule = [std::mem::take(&mut row.deltarule), deltarule].join("\n");
        }
        let cases = row.options.get_or_insert_default();
        *cases = [std::mem::take(cases), case].join("<br>");
    };
    let code = |text: &str| format!("`{text}`");
    for (_, torch, _) in LAYERS {
        let name = torch.split('(').next().unwrap_or_default();
        add(format!("torch.nn.{name}"), format!("nn::{name}"), code(torch));
    }
    for p in DROPOUTS {
        add("torch.nn.Dropout".to_owned(), "nn::Dropout".to_owned(), code(&format!("Dropout({p})")));
    }
    for (name, options, _) in INITS {
        add(
            format!("torch.nn.init.{name}"),
            format!("nn::init::{name}"),
            code(&format!("{name}(w, {options})").replace(", )", ")")),
        );
    }
    let gains = json("init")["gains"].clone();
    for nonlinearity in gains.as_object().expect("gains").keys() {
        let (torch, deltarule) = ("torch.nn.init.calculate_gain".to_owned(), "nn::init::calculate_gain".to_owned());
        add(torch, deltarule, code(nonlinearity));
    }
    for (torch, deltarule, _) in DRAWS {
        let call = torch.strip_prefix("torch.empty(20)").unwrap_or(torch);
        let name = call.split('(').next().unwrap_or_default();
        let name = if call == torch { name.to_owned() } else { format!("torch.Tensor{name}") };
        add(name, deltarule.to_owned(), code(torch));
    }
    rows
}

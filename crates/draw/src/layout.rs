//! Where the boxes stand: in layers, inputs above what is made of them, the result at the bottom.
//!
//! Sugiyama, Tagawa and Toda, "Methods for visual understanding of hierarchical system structures", 1981: layers by the
//! longest path, edges cut up where they cross layers, then each layer in the order of its neighbours.

use crate::graph::Graph;
use crate::show::Show;

/// The places of all boxes, and the ways of the edges.
pub(crate) struct Layout {
    pub(crate) width: f64,
    pub(crate) height: f64,
    /// The centre of each box.
    pub(crate) boxes: Vec<(f64, f64)>,
    /// For each edge the points that it passes, from the lower end of one box to the upper end of the next.
    pub(crate) edges: Vec<Vec<(f64, f64)>>,
}

const GAP: f64 = 22.0;
const BETWEEN_LAYERS: f64 = 40.0;
const MARGIN: f64 = 4.0;

impl Layout {
    pub(crate) fn new<V: Show>(graph: &Graph<'_, V>, sizes: &[(f64, f64)]) -> Self {
        let layer_of = layers(sizes.len(), &graph.edges);
        let mut cells = Cells::new(&layer_of, &graph.edges, sizes);
        for _ in 0..4 {
            cells.place();
        }
        cells.finish(&layer_of, sizes)
    }
}

/// The layer of each node: the longest path from the result, which has layer 0.
fn layers(count: usize, edges: &[(usize, usize)]) -> Vec<usize> {
    let mut inputs = vec![Vec::new(); count];
    let mut waiting = vec![0; count];
    for &(from, to) in edges {
        inputs[to].push(from);
        waiting[from] += 1;
    }
    let mut layer = vec![0; count];
    let mut ready = vec![0];
    while let Some(node) = ready.pop() {
        for &input in &inputs[node] {
            layer[input] = layer[input].max(layer[node] + 1);
            waiting[input] -= 1;
            if waiting[input] == 0 {
                ready.push(input);
            }
        }
    }
    layer
}

/// The boxes, and a point for each layer that an edge crosses.
struct Cells {
    width: Vec<f64>,
    x: Vec<f64>,
    /// Neighbours in the layer below (towards the result) and above.
    below: Vec<Vec<usize>>,
    above: Vec<Vec<usize>>,
    layers: Vec<Vec<usize>>,
    /// For each edge its cells, from its input on.
    ways: Vec<Vec<usize>>,
}

impl Cells {
    fn new(layer_of: &[usize], edges: &[(usize, usize)], sizes: &[(f64, f64)]) -> Self {
        let depth = layer_of.iter().max().map_or(0, |layer| layer + 1);
        let mut layers = vec![Vec::new(); depth];
        for (node, &layer) in layer_of.iter().enumerate() {
            layers[layer].push(node);
        }
        let mut width: Vec<f64> = sizes.iter().map(|size| size.0).collect();
        let mut ways = Vec::new();
        for &(from, to) in edges {
            let mut way = vec![from];
            for layer in (layer_of[to] + 1..layer_of[from]).rev() {
                layers[layer].push(width.len());
                way.push(width.len());
                width.push(0.0);
            }
            way.push(to);
            ways.push(way);
        }
        let mut cells = Cells {
            x: vec![0.0; width.len()],
            below: vec![Vec::new(); width.len()],
            above: vec![Vec::new(); width.len()],
            width,
            layers,
            ways,
        };
        for way in &cells.ways {
            for pair in way.windows(2) {
                cells.below[pair[0]].push(pair[1]);
                cells.above[pair[1]].push(pair[0]);
            }
        }
        cells
    }

    /// Moves each layer under its neighbours: once upwards, once downwards.
    fn place(&mut self) {
        for layer in 1..self.layers.len() {
            self.place_layer(layer, true);
        }
        for layer in (0..self.layers.len().saturating_sub(1)).rev() {
            self.place_layer(layer, false);
        }
    }

    fn place_layer(&mut self, layer: usize, by_below: bool) {
        let neighbours = if by_below { &self.below } else { &self.above };
        let wish = |cell: usize| {
            let around = &neighbours[cell];
            let sum: f64 = around.iter().map(|&other| self.x[other]).sum();
            if around.is_empty() { self.x[cell] } else { sum / around.len() as f64 }
        };
        let mut wishes: Vec<(f64, usize)> = self.layers[layer].iter().map(|&cell| (wish(cell), cell)).collect();
        // Stable, so that equal wishes keep their order.
        wishes.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut end = f64::NEG_INFINITY;
        let mut shift = 0.0;
        for &(wish, cell) in &wishes {
            let half = self.width[cell] / 2.0;
            self.x[cell] = wish.max(end + GAP + half);
            end = self.x[cell] + half;
            shift += self.x[cell] - wish;
        }
        let shift = shift / wishes.len().max(1) as f64;
        for &(_, cell) in &wishes {
            self.x[cell] -= shift;
        }
        self.layers[layer] = wishes.into_iter().map(|(_, cell)| cell).collect();
    }

    /// The places in the picture, whose upper left corner is 0, 0.
    fn finish(self, layer_of: &[usize], sizes: &[(f64, f64)]) -> Layout {
        let left = self.x.iter().zip(&self.width).map(|(x, width)| x - width / 2.0).fold(f64::INFINITY, f64::min);
        let right = self.x.iter().zip(&self.width).map(|(x, width)| x + width / 2.0).fold(0.0, f64::max);
        let x = |cell: usize| self.x[cell] - left + MARGIN;

        let mut tallest = vec![0.0_f64; self.layers.len()];
        for (&layer, size) in layer_of.iter().zip(sizes) {
            tallest[layer] = tallest[layer].max(size.1);
        }
        // The middle of each layer, the topmost first.
        let mut middle = vec![0.0; tallest.len()];
        let mut top = MARGIN;
        for layer in (0..tallest.len()).rev() {
            middle[layer] = top + tallest[layer] / 2.0;
            top += tallest[layer] + BETWEEN_LAYERS;
        }
        let boxes: Vec<_> = layer_of.iter().enumerate().map(|(node, &layer)| (x(node), middle[layer])).collect();
        let way = |cells: &Vec<usize>| {
            let (from, to) = (cells[0], cells[cells.len() - 1]);
            let mut points = vec![(boxes[from].0, boxes[from].1 + sizes[from].1 / 2.0)];
            for (step, &cell) in cells[1..cells.len() - 1].iter().enumerate() {
                points.push((x(cell), middle[layer_of[from] - step - 1]));
            }
            points.push((boxes[to].0, boxes[to].1 - sizes[to].1 / 2.0));
            points
        };
        let edges = self.ways.iter().map(way).collect();
        Layout { width: right - left + 2.0 * MARGIN, height: top - BETWEEN_LAYERS + MARGIN, boxes, edges }
    }
}

package dmn

import (
	"math/bits"
	"slices"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/decimal"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// index finds the rules that match without looking at each of them.
//
// Every input column has its sorted endpoints e0 < e1 < …; the positions
// 0, 1, 2, … are "below e0", "e0", "between e0 and e1", "e1" and so on, and
// the last one is null. A literal test is a set of intervals of positions, and an input value is one
// position, found by binary search. A column's tree knows which rules cover a
// position in O(log) nodes. The column with the fewest candidates is
// enumerated and the others are checked by comparing positions; when even the
// fewest are many, bitmaps are intersected instead. Tests that are no literals
// stay possible everywhere and are evaluated for the candidates that remain.
type index struct {
	table   *Table
	columns []column
	words   int // length of a bitmap
}

// indexedRules is how many rules a table needs for trees to pay.
const indexedRules = 48

type column struct {
	kind   feel.Kind // of the endpoints; KindNull when no test is a literal
	keys   []feel.Value
	texts  []string          // the keys of a column of strings
	ints   []int64           // of dates, months and booleans
	nums   []decimal.Decimal // of numbers
	cells  []cell            // distinct tests of the column
	tests  []int32           // by rule, an index into cells
	always posting           // rules whose test is "-" or not a literal
	leaves int               // a power of two; 0 without a tree
	nodes  []int32           // by place in the tree, 0 or one more than an index into lists
	lists  []posting
	// sets are the candidates of every position as bitmaps, for columns whose
	// positions are few.
	sets [][]uint64
}

// cell is a test as sorted, disjoint intervals of positions.
type cell struct {
	spans    []span
	any      bool // "-"
	residual bool // must be evaluated
}

type span struct{ low, high int32 }

// posting is a set of rules: a list, or a bitmap when that is smaller.
type posting struct {
	list   []int32
	bitmap []uint64
	count  int
}

// Budgets of an index, in all and by entry of the table, so that a model takes
// memory in proportion to its bytes. Columns that do not fit are looked at rule
// by rule.
const (
	maxKeys          = 1 << 19
	maxPostings      = 1 << 22
	postingsPerEntry = 16
	maxSetWords      = 1 << 20
	setWordsPerEntry = 8
)

// builder makes an index within its budgets.
type builder struct {
	table          *Table
	words          int
	keys, postings int // still allowed
}

func newIndex(t *Table) *index {
	b := builder{t, (t.Rules() + 63) / 64, maxKeys, min(maxPostings, len(t.Entries)*postingsPerEntry)}
	x := &index{table: t, words: b.words}
	for c := range t.Inputs {
		x.columns = append(x.columns, b.column(c))
	}
	b.materialize(x.columns)
	return x
}

// materialize computes the sets of the columns with the fewest positions, as
// far as a budget in proportion to the table goes.
func (b *builder) materialize(columns []column) {
	budget := min(maxSetWords, len(b.table.Entries)*setWordsPerEntry)
	order := make([]*column, 0, len(columns))
	for i := range columns {
		if columns[i].leaves > 0 {
			order = append(order, &columns[i])
		}
	}
	slices.SortStableFunc(order, func(x, y *column) int { return len(x.keys) - len(y.keys) })
	for _, c := range order {
		positions := int(c.null()) + 1
		if budget -= positions * b.words; budget < 0 {
			return
		}
		flat := make([]uint64, positions*b.words)
		sets := make([][]uint64, positions)
		for p := range sets {
			sets[p] = flat[p*b.words : (p+1)*b.words]
			candidate{column: c, place: int32(p)}.fill(sets[p])
		}
		c.sets = sets
	}
}

func (b *builder) column(number int) column {
	t := b.table
	col := column{tests: make([]int32, t.Rules())}
	width := len(t.Inputs) + len(t.Outputs)
	local := map[int32]int32{} // looked up, never iterated
	var tests []*feel.Tests
	for r := range col.tests {
		n := t.Entries[r*width+number]
		i, ok := local[n]
		if !ok {
			i = int32(len(tests))
			local[n] = i
			tests = append(tests, t.Tests[n])
		}
		col.tests[r] = i
	}
	col.chooseKind(tests)
	col.collectKeys(tests, b.keys)
	b.keys -= len(col.keys)
	for _, test := range tests {
		col.cells = append(col.cells, col.newCell(test))
	}
	if t.Rules() >= indexedRules {
		b.tree(&col)
	}
	return col
}

// tree puts every rule at the O(log) nodes that make up its spans.
func (b *builder) tree(c *column) {
	c.leaves = 1 << bits.Len(uint(c.null()))
	c.nodes = make([]int32, 2*c.leaves)
	for rule, test := range c.tests {
		cell := &c.cells[test]
		if cell.any || cell.residual {
			c.always.list = append(c.always.list, int32(rule))
			continue
		}
		for _, s := range cell.spans {
			low, high := int(s.low)+c.leaves, int(s.high)+c.leaves+1
			for ; low < high; low, high = low/2, high/2 {
				if low&1 == 1 {
					c.put(low, rule)
					low++
					b.postings--
				}
				if high&1 == 1 {
					high--
					c.put(high, rule)
					b.postings--
				}
			}
		}
		if b.postings < 0 {
			c.leaves, c.nodes, c.lists, c.always = 0, nil, nil, posting{}
			return
		}
	}
	c.always.pack(0, b.words)
	for i := range c.lists {
		c.lists[i].pack(b.words, b.words)
	}
}

func (c *column) put(node, rule int) {
	if c.nodes[node] == 0 {
		c.lists = append(c.lists, posting{})
		c.nodes[node] = int32(len(c.lists))
	}
	p := &c.lists[c.nodes[node]-1]
	p.list = append(p.list, int32(rule))
}

// pack adds a bitmap to a list longer than most.
func (p *posting) pack(most, words int) {
	p.count = len(p.list)
	if p.count <= most {
		return
	}
	p.bitmap = make([]uint64, words)
	for _, r := range p.list {
		p.bitmap[r/64] |= 1 << (r % 64)
	}
}

// covers reports whether the test of a rule holds at a position, residual
// tests taken for true.
func (c *column) covers(rule, position int32) bool {
	cell := &c.cells[c.tests[rule]]
	if cell.any || cell.residual {
		return true
	}
	for _, s := range cell.spans {
		if position <= s.high {
			return position >= s.low
		}
	}
	return false
}

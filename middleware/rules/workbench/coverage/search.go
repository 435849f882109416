package coverage

import (
	"slices"
	"sort"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/calendar"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/dmn"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// maxVisits is how many visits of a rule a table is given, some seconds of work.
// What is not found by then is reported as not decided. maxCover is the share of
// one rule that may be hidden by others.
const (
	maxVisits = 1 << 28
	maxCover  = 1 << 22
)

// work is a box in which the rules may leave a gap.
type work struct {
	box   box
	rules []int32
}

// uncovered finds up to limit boxes within b that no rule meets. It takes a rule
// away from the box, which leaves at most one box for each axis, and goes on with
// those. It is not done when so many visits of rules did not suffice.
func (c *checker) uncovered(b box, rules []int32, limit, visits int) (found []box, done bool) {
	visits = min(visits, c.budget)
	c.budget -= visits
	defer func() { c.budget += max(visits, 0) }()
	stack := []work{{b, rules}}
	for len(stack) > 0 && len(found) < limit {
		top := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if visits -= len(top.rules) + 1; visits < 0 {
			return found, false
		}
		meeting, pivot, open := c.pivot(top)
		switch {
		case len(meeting) == 0:
			found = append(found, top.box)
		case open > 0:
			stack = c.without(top.box, pivot, meeting, stack)
		}
	}
	return found, true
}

// pivot keeps the rules that meet a box and chooses the one that leaves the fewest
// axes open; none are open when it holds the whole box.
func (c *checker) pivot(w work) (meeting []int32, pivot int32, open int) {
	open = len(w.box) + 1
	for _, r := range w.rules {
		if !c.regions.meets(r, w.box) {
			continue
		}
		meeting = append(meeting, r)
		n := 0
		for a := range w.box {
			if !w.box[a].within(c.regions.cell(r, a).spans) {
				n++
			}
		}
		if n < open {
			pivot, open = r, n
		}
		if n == 0 {
			break
		}
	}
	return meeting, pivot, open
}

// without pushes what remains of a box when a rule is taken away, the parts near
// the rule on top, where fewer others are.
func (c *checker) without(b box, rule int32, rules []int32, stack []work) []work {
	inside := slices.Clone(b)
	for a := range b {
		cell := c.regions.cell(rule, a).spans
		if inside[a].within(cell) {
			continue
		}
		outside := slices.Clone(inside)
		outside[a] = inside[a].minus(cell)
		stack = append(stack, work{outside, rules})
		inside[a] = inside[a].and(cell)
	}
	return stack
}

// overlaps reports pairs of rules that match the same input: any pair for the
// policy Unique, one whose results differ for Any.
func (c *checker) overlaps() {
	x := c.regions
	width := len(x.axes)
	first := x.selective()
	found, possible := 0, map[int32]bool{}
	budget := int64(maxVisits) * 8 // a pair is a glance
pairs:
	for j := range int32(x.count) {
		low, high := x.low[int(j)*width+first], x.high[int(j)*width+first]
		if budget -= int64(j); budget < 0 {
			c.report(Undecided, nil, nil, "the table is too large to compare every pair of rules: those from %d on are not", j+1)
			break
		}
		at := first
		for i := int32(0); i < j; i, at = i+1, at+width {
			if x.low[at] > high || x.high[at] < low {
				continue
			}
			b := x.common(i, j)
			if b == nil {
				continue
			}
			differ, sure := c.differ(i, j)
			switch {
			case !differ:
			case !sure || x.general(i) || x.general(j):
				possible[i], possible[j] = true, true
			default:
				if found++; found > most {
					c.report(Overlap, nil, nil, "more overlaps are not listed")
					break pairs
				}
				c.reportOverlap(i, j, x.example(b))
			}
		}
	}
	if len(possible) > 0 {
		rules := make([]int32, 0, len(possible))
		for r := range possible {
			rules = append(rules, r)
		}
		slices.Sort(rules)
		c.report(Undecided, rules, nil, "whether %s is not decided: some test or answer with a general expression", listed(rules, "overlaps", "overlap"))
	}
}

func (c *checker) reportOverlap(i, j int32, example []Input) {
	if c.table.Policy == dmn.Any {
		c.report(Overlap, []int32{i, j}, example, "rules %d and %d answer differently where both match, which a table with the hit policy ANY must not: %s", i+1, j+1, exampleText(example))
		return
	}
	c.report(Overlap, []int32{i, j}, example, "rules %d and %d both match, which a table with the hit policy UNIQUE must not: %s", i+1, j+1, exampleText(example))
}

// selective is the axis on which the fewest pairs of rules meet, by the hulls of a
// sample.
func (x *regions) selective() (best int) {
	fewest := -1
	step := max(1, x.count/200)
	for a := range x.axes {
		n := 0
		for i := 0; i < x.count; i += step {
			for j := 0; j < i; j += step {
				if x.low[i*len(x.axes)+a] <= x.high[j*len(x.axes)+a] && x.low[j*len(x.axes)+a] <= x.high[i*len(x.axes)+a] {
					n++
				}
			}
		}
		if fewest < 0 || n < fewest {
			best, fewest = a, n
		}
	}
	return best
}

// common is the box of inputs that two rules match; nil when there is none.
func (x *regions) common(i, j int32) box {
	width := len(x.axes)
	if x.in == nil {
		return nil
	}
	for a := range x.axes {
		if x.low[int(i)*width+a] > x.high[int(j)*width+a] || x.high[int(i)*width+a] < x.low[int(j)*width+a] {
			return nil
		}
	}
	b := make(box, width)
	for a := range b {
		if b[a] = x.cell(i, a).spans.and(x.cell(j, a).spans).and(x.in[a]); len(b[a]) == 0 {
			return nil
		}
	}
	return b
}

// differ tells whether two rules of a table answer differently, and whether that
// is sure. Under the policy Unique it does not matter.
func (c *checker) differ(i, j int32) (differ, sure bool) {
	if c.table.Policy == dmn.Unique {
		return true, true
	}
	sure = true
	for o := range c.table.Outputs {
		a, b := c.result(i, o), c.result(j, o)
		if a == b {
			continue
		}
		x, isConst := a.(*feel.Const)
		y, both := b.(*feel.Const)
		if !isConst || !both {
			differ, sure = true, false
			continue
		}
		if !equal(x.Value, y.Value) {
			return true, true
		}
	}
	return differ, sure
}

func equal(a, b feel.Value) bool {
	return feel.Equal(feel.NewMachine(nil, feel.DefaultLimits, calendar.DateTime{}), a, b) == feel.Boolean(true)
}

func (c *checker) result(rule int32, output int) feel.Expr {
	t := c.table
	return t.Results[t.Entries[int(rule)*(len(t.Inputs)+len(t.Outputs))+len(t.Inputs)+output]]
}

// inOrder are the rules in the order in which they win.
func (c *checker) inOrder() []int32 { return c.regions.every(false) }

// byPriority are the rules with constant results, the one that wins first in
// front.
func (c *checker) byPriority() (rules []int32) {
	ranks := map[int32][]int{}
	var left []int32
	for r := range int32(c.regions.count) {
		rank, known := c.rank(r)
		if !known {
			left = append(left, r)
			continue
		}
		ranks[r] = rank
		rules = append(rules, r)
	}
	sort.SliceStable(rules, func(i, j int) bool { return slices.Compare(ranks[rules[i]], ranks[rules[j]]) < 0 })
	if len(left) > 0 {
		c.report(Undecided, left, nil, "whether %s is not decided: the priority comes from a general expression", listed(left, "is hidden", "are hidden"))
	}
	return rules
}

// rank is where the results of a rule stand among the priorities.
func (c *checker) rank(rule int32) (rank []int, known bool) {
	for o := range c.table.Outputs {
		result, ok := c.result(rule, o).(*feel.Const)
		if !ok {
			return nil, false
		}
		list := c.table.Outputs[o].Priorities
		at := slices.IndexFunc(list, func(v feel.Value) bool { return equal(v, result.Value) })
		if at < 0 {
			at = len(list)
		}
		rank = append(rank, at)
	}
	return rank, true
}

// hidden reports the rules all of whose inputs others decide; order has the rule
// that wins in front.
func (c *checker) hidden(order []int32) {
	x := c.regions
	found := 0
	var undecided []int32
	var before, general []int32
	for n, r := range order {
		b := x.of(r)
		if !b.empty() {
			covered, sure := c.covered(b, before)
			switch {
			case covered:
				if found++; found <= most {
					c.reportHidden(r, b, before)
				}
			case !sure:
				undecided = append(undecided, r)
			case len(general) > 0:
				if covered, _ := c.covered(b, order[:n]); covered {
					undecided = append(undecided, r)
				}
			}
		}
		if x.general(r) {
			general = append(general, r)
		} else {
			before = append(before, r)
		}
	}
	c.more(Unreachable, found)
	if len(undecided) > 0 {
		c.report(Undecided, undecided, nil, "whether %s is not decided: rules that win may match everything by a general expression, or it takes too much work", listed(undecided, "is ever used", "are ever used"))
	}
}

// covered tells whether rules hold a whole box, and whether that is sure.
func (c *checker) covered(b box, rules []int32) (covered, sure bool) {
	found, done := c.uncovered(b, rules, 1, maxCover+2*len(rules))
	return done && len(found) == 0, done
}

func (c *checker) reportHidden(rule int32, b box, before []int32) {
	x := c.regions
	var others []int32
	for _, r := range before {
		if x.meets(r, b) {
			others = append(others, r)
		}
	}
	point := make(box, len(b))
	for a := range b {
		point[a] = spans{{b[a][0].low, b[a][0].low}}
	}
	winner := others[slices.IndexFunc(others, func(r int32) bool { return x.meets(r, point) })]
	slices.Sort(others)
	example := x.example(b)
	c.report(Unreachable, []int32{rule}, example, "rule %d never decides: %s wherever it matches, for example %s (rule %d)", rule+1, listed(others, "wins", "win"), exampleText(example), winner+1)
}

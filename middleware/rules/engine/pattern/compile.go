package pattern

import "github.com/cybermiles/cybermiles/middleware/rules/engine/charset"

// compiler turns nodes into instructions.
type compiler struct {
	re       *Regexp
	tooLarge bool
}

func (c *compiler) emit(op opcode, arg, alt int32) int {
	if len(c.re.prog) >= MaxProgram {
		c.tooLarge = true
		return 0
	}
	c.re.prog = append(c.re.prog, instruction{op, arg, alt})
	return len(c.re.prog) - 1
}

func (c *compiler) here() int32 { return int32(len(c.re.prog)) }

func (c *compiler) node(n *node) {
	if c.tooLarge {
		return
	}
	switch n.kind {
	case nodeRune:
		r := n.value
		if c.re.fold {
			r = charset.Fold(r)
		}
		c.emit(opRune, r, 0)
	case nodeAssert:
		c.emit(n.op, 0, 0)
	case nodeClass:
		c.re.classes = append(c.re.classes, n.class)
		c.emit(opClass, int32(len(c.re.classes)-1), 0)
	case nodeConcat:
		for _, s := range n.subs {
			c.node(s)
		}
	case nodeAlternate:
		c.alternate(n.subs)
	case nodeGroup:
		c.group(n)
	case nodeRepeat:
		c.repeat(n)
	case nodeBack:
		c.emit(opBack, int32(n.group), 0)
	}
}

func (c *compiler) group(n *node) {
	if n.group > 0 {
		c.emit(opSave, int32(2*n.group), 0)
	}
	c.node(n.subs[0])
	if n.group > 0 {
		c.emit(opSave, int32(2*n.group+1), 0)
	}
}

func (c *compiler) alternate(subs []*node) {
	var ends []int
	for i, s := range subs {
		if i == len(subs)-1 {
			c.node(s)
			break
		}
		split := c.emit(opSplit, 0, 0)
		c.re.prog[split].arg = c.here()
		c.node(s)
		ends = append(ends, c.emit(opJump, 0, 0))
		c.patch(split, false)
	}
	for _, e := range ends {
		if !c.tooLarge {
			c.re.prog[e].arg = c.here()
		}
	}
}

// patch points a split's exit here; a lazy split tries the exit first.
func (c *compiler) patch(split int, lazy bool) {
	if c.tooLarge {
		return
	}
	in := &c.re.prog[split]
	in.alt = c.here()
	if lazy {
		in.arg, in.alt = in.alt, in.arg
	}
}

func (c *compiler) repeat(n *node) {
	for i := 0; i < n.min && !c.tooLarge; i++ {
		c.node(n.subs[0])
	}
	if n.max < 0 {
		c.star(n)
		return
	}
	var splits []int
	for i := n.min; i < n.max && !c.tooLarge; i++ {
		split := c.emit(opSplit, 0, 0)
		c.re.prog[split].arg = c.here()
		splits = append(splits, split)
		c.node(n.subs[0])
	}
	for _, s := range splits {
		c.patch(s, n.lazy)
	}
}

// star is an unbounded loop; opMark and opMoved end it on an empty round.
func (c *compiler) star(n *node) {
	slot := int32(c.re.slots)
	c.re.slots++
	split := c.emit(opSplit, 0, 0)
	c.re.prog[split].arg = c.here()
	c.emit(opMark, slot, 0)
	c.node(n.subs[0])
	c.emit(opMoved, slot, 0)
	c.emit(opJump, int32(split), 0)
	c.patch(split, n.lazy)
}

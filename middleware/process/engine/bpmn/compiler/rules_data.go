package compiler

import "strings"

// expressionElements hold expressions that an executable process evaluates.
var expressionElements = []string{
	"completionCondition", "conditionExpression", "activationCondition", "loopCardinality", "loopCondition", "timeDate", "timeDuration", "timeCycle", "from", "to",
}

// formal reports whether an expression element says that it is formal.
func formal(e *Element) bool { return local(e.AttrNS(nsXSI, "type")) == "tFormalExpression" }

// expressionRules: expressions (BPMN 2.0 §8.3.6).
func (c *checker) expressionRules(e *Element) {
	alwaysFormal := e.is("dataPath", "messagePath", "transformation") || e.is("condition") && e.Parent.is("complexBehaviorDefinition")
	if (formal(e) || alwaysFormal) && e.Space == nsModel {
		c.require(e.Text != "" || len(e.Children) > 0, "EXT013", e, "a formal expression needs a body")
	}
	if e.is(expressionElements...) && c.executable(e) {
		c.require(formal(e), "EXT012", e, "an executable process needs a formal expression: xsi:type=\"tFormalExpression\"")
	}
	if t := e.Attr("evaluatesToTypeRef"); t != "" && e.Space == nsModel && !strings.Contains(t, ":") {
		item := c.byID[t]
		c.require(item != nil && item.is("itemDefinition"), "EXT014", e, "evaluatesToTypeRef %q is no item definition", t)
	}
}

// itemRules: data objects, references, stores, inputs and outputs (§10.3.1).
func (c *checker) itemRules(e *Element) {
	if e.is("dataObject", "dataInput", "dataOutput", "inputDataItem", "outputDataItem") {
		if item := c.ref(e, "itemSubjectRef"); item != nil && item.is("itemDefinition") && !e.is("inputDataItem", "outputDataItem") {
			c.require(e.flag("isCollection", false) == item.flag("isCollection", false), "EXT020", e, "isCollection is not that of its item definition")
		}
	}
	switch {
	case e.is("dataObject"):
		c.require(e.first("dataState") == nil, "EXT078", e, "a data object has no state; its references have")
	case e.is("dataObjectReference"):
		c.require(e.Attr("itemSubjectRef") == "", "EXT077", e, "a data object reference has no item definition of its own")
		if object := c.ref(e, "dataObjectRef"); object != nil && e.has("name") && !c.vocabulary {
			state := ""
			if s := e.first("dataState"); s != nil {
				state = s.Attr("name")
			}
			c.require(e.Attr("name") == object.Attr("name")+" ["+state+"]", "EXT076", e, "its name is %q, not the data object's name and state in brackets", e.Attr("name"))
		}
	case e.is("dataInput") && e.Parent.is("ioSpecification"):
		c.require(referenced(e, "inputSet", "dataInputRefs"), "EXT084", e, "no inputSet refers to it")
	case e.is("dataOutput") && e.Parent.is("ioSpecification"):
		c.require(referenced(e, "outputSet", "dataOutputRefs"), "EXT088", e, "no outputSet refers to it")
	case e.is("dataInput") && e.Parent.is(eventNodes...):
		c.require(referenced(e, "inputSet", "dataInputRefs"), "EXT084", e, "no inputSet refers to it")
	case e.is("dataOutput") && e.Parent.is(eventNodes...):
		c.require(referenced(e, "outputSet", "dataOutputRefs"), "EXT088", e, "no outputSet refers to it")
	case e.is("ioSpecification"):
		c.require(e.first("inputSet") != nil, "EXT081", e, "an ioSpecification has an inputSet")
		c.require(e.first("outputSet") != nil, "EXT083", e, "an ioSpecification has an outputSet")
	}
}

// referenced reports whether a set beside e names it.
func referenced(e *Element, set, ref string) bool {
	for _, s := range e.Parent.all(set) {
		if contains(s.texts(ref), e.id()) {
			return true
		}
	}
	return false
}

// setRules: input and output sets (§10.3.1).
func (c *checker) setRules(e *Element) {
	switch {
	case e.is("inputSet"):
		c.subset(e, "optionalInputRefs", "dataInputRefs", "EXT085")
		c.subset(e, "whileExecutingInputRefs", "dataInputRefs", "EXT086")
		c.mutual(e, "outputSetRefs", "inputSetRefs")
	case e.is("outputSet"):
		c.subset(e, "optionalOutputRefs", "dataOutputRefs", "EXT089")
		c.subset(e, "whileExecutingOutputRefs", "dataOutputRefs", "EXT090")
		c.mutual(e, "inputSetRefs", "outputSetRefs")
	}
}

func (c *checker) subset(e *Element, part, whole, rule string) {
	for _, name := range e.texts(part) {
		c.require(contains(e.texts(whole), name), rule, e, "%s %q is not among its %s", part, name, whole)
	}
}

// mutual: sets that refer to each other do so both ways.
func (c *checker) mutual(e *Element, forth, back string) {
	for _, name := range e.texts(forth) {
		other := c.byID[name]
		c.require(other == nil || other.Parent == e.Parent && contains(other.texts(back), e.id()), "EXT087", e, "%q does not refer back to it", name)
	}
}

// associationRules: data associations (§10.3.2).
func (c *checker) associationRules(e *Element) {
	if !e.is("dataInputAssociation", "dataOutputAssociation") {
		return
	}
	sources, targets := e.all("sourceRef"), e.all("targetRef")
	for _, s := range sources {
		d := c.byID[local(s.Text)]
		c.require(!processData(d, "dataOutput"), "EXT082", e, "a data output of the process is not read within it")
	}
	for _, t := range targets {
		d := c.byID[local(t.Text)]
		c.require(!processData(d, "dataInput"), "EXT080", e, "a data input of the process is not written within it")
	}
	if e.first("transformation") != nil {
		return
	}
	assigned := e.first("assignment") != nil
	c.require(len(sources) == 1 || assigned && len(sources) == 0, "EXT092", e, "without a transformation there is one source, not %d", len(sources))
	if len(sources) != 1 || len(targets) != 1 {
		return
	}
	a, b := c.item(c.byID[local(sources[0].Text)]), c.item(c.byID[local(targets[0].Text)])
	c.require(a == "" || b == "" || a == b, "EXT091", e, "source and target have different item definitions and there is no transformation")
}

// processData reports whether d is a data input or output of a process.
func processData(d *Element, name string) bool {
	return d.is(name) && d.Parent.is("ioSpecification") && d.Parent.Parent.is("process")
}

// item is the structure of a data element, through references; "" when it has
// none.
func (c *checker) item(d *Element) string {
	switch {
	case d == nil:
		return ""
	case d.is("dataObjectReference"):
		return c.item(c.ref(d, "dataObjectRef"))
	case d.is("dataStoreReference"):
		return c.item(c.ref(d, "dataStoreRef"))
	case d.Attr("itemSubjectRef") == "":
		return ""
	}
	return c.structureOf(d.Attr("itemSubjectRef"))
}

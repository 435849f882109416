package compiler

import (
	"strconv"
	"strings"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/calendar"
)

// activityRules: what all activities have (BPMN 2.0 §10.2) and where they may be.
func (c *checker) activityRules(e *Element) {
	for _, q := range []struct{ name, rule string }{{"startQuantity", "EXT037"}, {"completionQuantity", "EXT038"}} {
		if e.has(q.name) {
			n, err := strconv.Atoi(strings.TrimSpace(e.Attr(q.name)))
			c.require(err == nil && n >= 1, q.rule, e, "%s is below 1", q.name)
		}
	}
	switch {
	case e.is("process"):
		c.require(e.first(choreo...) == nil, "EXT036", e, "a process holds no choreography activities")
		c.require(e.Attr("processType") != "Public" || !e.flag("isExecutable", false), "EXT035", e, "a public process must not be executable")
	case e.is("subProcess", "transaction", "adHocSubProcess"):
		c.require(e.first(choreo...) == nil, "EXT056", e, "a sub-process holds no choreography activities")
		c.require(e.first("ioSpecification") == nil, "EXT079", e, "a sub-process has no ioSpecification")
	case e.is("scriptTask"):
		c.require(e.first("script") == nil || e.Attr("scriptFormat") != "", "EXT053", e, "a script needs scriptFormat")
		c.require(e.Attr("scriptFormat") == "" || mediaType(e.Attr("scriptFormat")) || c.vocabulary, "EXT145", e, "scriptFormat %q is no MIME type", e.Attr("scriptFormat"))
	}
	loops := len(e.all("standardLoopCharacteristics", "multiInstanceLoopCharacteristics"))
	if loops > 1 {
		rule := "EXT055"
		if e.is("adHocSubProcess") {
			rule = "EXT054"
		}
		c.report(rule, e, "an activity has one kind of loop, not %d", loops)
	}
}

// mediaType reports whether s is type/subtype (RFC 2045).
func mediaType(s string) bool {
	kind, sub, ok := strings.Cut(s, "/")
	sub, _, _ = strings.Cut(sub, ";")
	token := func(s string) bool {
		for i := 0; i < len(s); i++ {
			if s[i] <= ' ' || s[i] >= 0x7f || strings.IndexByte(`()<>@,;:\"/[]?=`, s[i]) >= 0 {
				return false
			}
		}
		return s != ""
	}
	return ok && token(kind) && token(sub)
}

// loopRules: loops (BPMN 2.0 §10.2.8).
func (c *checker) loopRules(e *Element) {
	if e.is("standardLoopCharacteristics") && e.has("loopMaximum") {
		n, err := strconv.Atoi(strings.TrimSpace(e.Attr("loopMaximum")))
		c.require(err == nil && n >= 0, "EXEC", e, "loopMaximum is negative")
	}
}

// multiInstanceRules: BPMN 2.0 table 10.30.
func (c *checker) multiInstanceRules(e *Element) {
	if !e.is("multiInstanceLoopCharacteristics") {
		return
	}
	switch e.Attr("behavior") {
	case "None":
		c.require(e.Attr("noneBehaviorEventRef") != "", "EXT072", e, "behavior None needs noneBehaviorEventRef")
	case "One":
		c.require(e.Attr("oneBehaviorEventRef") != "", "EXT071", e, "behavior One needs oneBehaviorEventRef")
	case "Complex":
		c.require(e.first("complexBehaviorDefinition") != nil, "EXT071", e, "behavior Complex needs complexBehaviorDefinition")
	}
	c.require(e.Attr("noneBehaviorEventRef") == "" || e.Attr("behavior") == "None", "EXT072", e, "noneBehaviorEventRef is for behavior None")
	c.require(e.Attr("oneBehaviorEventRef") == "" || e.Attr("behavior") == "One", "EXT071", e, "oneBehaviorEventRef is for behavior One")
	if !c.executable(e) {
		return
	}
	input := e.first("loopDataInputRef")
	counted := e.first("loopCardinality") != nil || input != nil || c.vocabulary && multiInstanceSource(e) != ""
	c.require(counted, "EXT067", e, "an executable process needs loopCardinality or loopDataInputRef")
	activity := e.Parent
	if input != nil && !activity.is("subProcess", "transaction", "adHocSubProcess") {
		own := false
		if io := activity.first("ioSpecification"); io != nil {
			for _, d := range io.all("dataInput") {
				own = own || d.id() == local(input.Text)
			}
		}
		c.require(own, "EXT068", e, "loopDataInputRef is no data input of the activity")
	}
	c.scalar(e, input, e.first("inputDataItem"), "EXT070")
	c.scalar(e, e.first("loopDataOutputRef"), e.first("outputDataItem"), "EXT069")
}

// scalar: an item has the structure of its collection and is no collection.
func (c *checker) scalar(e, list, item *Element, rule string) {
	if list == nil || item == nil {
		return
	}
	whole, part := c.byID[local(list.Text)], c.byID[local(item.Attr("itemSubjectRef"))]
	if whole == nil {
		return
	}
	collection := item.flag("isCollection", false) || part != nil && part.flag("isCollection", false)
	same := c.structureOf(whole.Attr("itemSubjectRef")) == c.structureOf(item.Attr("itemSubjectRef"))
	c.require(same && !collection, rule, e, "an item has the scalar type of its collection")
}

// subProcessRules: event, ad-hoc and transaction sub-processes (§10.2.5).
func (c *checker) subProcessRules(e *Element) {
	switch {
	case eventSubProcess(e):
		c.require(len(e.all("startEvent")) == 1, "EXT058", e, "an event sub-process has one start event")
	case e.is("adHocSubProcess"):
		c.require(e.first(activities...) != nil, "EXT061", e, "an ad-hoc sub-process holds an activity")
		c.require(e.first("startEvent", "endEvent") == nil && e.first(choreo...) == nil, "EXT062", e, "an ad-hoc sub-process holds no start or end events and no choreography activities")
	case e.is("transaction"):
		m := strings.TrimSpace(e.Attr("method"))
		known := m == "" || m == "##Compensate" || m == "##Image" || m == "##Store"
		c.require(known || !strings.HasPrefix(m, "##") && validURI(m) && strings.Contains(m, ":"), "EXT060", e, "method %q is neither a known word nor a URI", m)
	}
}

// serviceRules: service tasks (§10.2.3).
func (c *checker) serviceRules(e *Element) {
	if !e.is("serviceTask") || e.Attr("operationRef") == "" {
		return
	}
	io := e.first("ioSpecification")
	if io == nil {
		c.report("EXT042", e, "a service task with an operation has one inputSet")
		return
	}
	c.require(len(io.all("inputSet")) == 1, "EXT042", e, "a service task with an operation has one inputSet")
	c.require(len(io.all("outputSet")) < 2, "EXT043", e, "a service task with an operation has at most one outputSet")
	op := c.ref(e, "operationRef")
	if op == nil {
		return
	}
	if len(io.all("dataInput")) > 0 {
		c.require(c.carries(io.all("dataInput"), op.texts("inMessageRef")), "EXT044", e, "its data input has not the item definition of the operation's inMessage")
	}
	if op.first("outMessageRef") != nil {
		c.require(c.carries(io.all("dataOutput"), op.texts("outMessageRef")), "EXT045", e, "its data output has not the item definition of the operation's outMessage")
	}
}

// carries reports whether one of the data elements has the item of one of the
// messages.
func (c *checker) carries(data []*Element, messages []string) bool {
	for _, m := range messages {
		message := c.byID[m]
		if message == nil {
			continue
		}
		for _, d := range data {
			if d.Attr("itemSubjectRef") != "" && c.structureOf(d.Attr("itemSubjectRef")) == c.structureOf(message.Attr("itemRef")) {
				return true
			}
		}
	}
	return false
}

// messageTaskRules: send and receive tasks.
func (c *checker) messageTaskRules(e *Element) {
	send := e.is("sendTask")
	if !send && !e.is("receiveTask") {
		return
	}
	in, _ := c.connected(e)
	c.require(send || !e.flag("instantiate", false) || !in, "EXT049", e, "a receive task that instantiates has no incoming flow")
	if c.executable(e) && !send {
		c.require(e.Attr("messageRef") != "", "EXEC", e, "an executable receive task needs messageRef")
	}
	io := e.first("ioSpecification")
	if io == nil {
		return
	}
	data, sets, rule := io.all("dataInput"), io.all("inputSet"), [3]string{"EXT046", "EXT047", "EXT048"}
	if !send {
		data, sets, rule = io.all("dataOutput"), io.all("outputSet"), [3]string{"EXT050", "EXT051", "EXT052"}
	}
	if e.Attr("messageRef") != "" {
		c.require(len(sets) < 2, rule[0], e, "a task with a message has at most one set of data")
		c.require(len(data) < 2, rule[1], e, "a task with a message has at most one data element")
	}
	if len(data) > 0 {
		c.require(c.carries(data, []string{local(e.Attr("messageRef"))}), rule[2], e, "its data has not the item definition of the message")
	}
}

// callRules: a call activity's data are those of what it calls (§10.2.6).
func (c *checker) callRules(e *Element) {
	if len(e.all("supportedInterfaceRef")) > 0 {
		c.serviceBinding(e)
	}
	if !e.is("callActivity") {
		return
	}
	called := c.ref(e, "calledElement")
	if called == nil {
		return
	}
	a, b := e.first("ioSpecification"), called.first("ioSpecification")
	if c.vocabulary && a == nil {
		return // inputs and outputs are mapped by extensions
	}
	for _, kind := range [][2]string{{"dataInput", "inputSet"}, {"dataOutput", "outputSet"}} {
		mine, theirs := c.signature(a, kind), c.signature(b, kind)
		c.require(mine == theirs, "EXT063", e, "its %ss are not those of %q", kind[0], called.id())
	}
}

// signature describes the data of an ioSpecification: structures and sets.
func (c *checker) signature(io *Element, kind [2]string) string {
	if io == nil {
		return ""
	}
	var parts []string
	for _, d := range io.all(kind[0]) {
		parts = append(parts, c.structureOf(d.Attr("itemSubjectRef")))
	}
	if len(parts) == 0 {
		return ""
	}
	for _, s := range io.all(kind[1]) {
		parts = append(parts, "set of "+strconv.Itoa(len(s.all(kind[0]+"Refs"))))
	}
	return strings.Join(parts, ",")
}

// serviceBinding: what is exposed as a service binds its data (§10.2.7).
func (c *checker) serviceBinding(e *Element) {
	bindings := e.all("ioBinding")
	c.require(len(bindings) > 0, "EXT064", e, "what supports an interface needs an ioBinding")
	for _, b := range bindings {
		op, in, out := c.ref(b, "operationRef"), c.ref(b, "inputDataRef"), c.ref(b, "outputDataRef")
		if op == nil {
			continue
		}
		c.require(in == nil || c.carries([]*Element{in}, op.texts("inMessageRef")), "EXT065", b, "the input is not what the operation takes")
		c.require(out == nil || c.carries([]*Element{out}, op.texts("outMessageRef")), "EXT065", b, "the output is not what the operation returns")
	}
}

// resourceRules: who performs an activity (§10.2.1).
func (c *checker) resourceRules(e *Element) {
	if !e.is("resourceRole", "performer", "humanPerformer", "potentialOwner") {
		return
	}
	ref, expr := e.first("resourceRef"), e.first("resourceAssignmentExpression")
	c.require(ref == nil || expr == nil, "EXT039", e, "a resource role has resourceRef or resourceAssignmentExpression, not both")
	c.require(ref != nil || e.first("resourceParameterBinding") == nil, "EXT040", e, "parameter bindings need resourceRef")
	if ref != nil {
		for _, b := range e.all("resourceParameterBinding") {
			p := c.ref(b, "parameterRef")
			c.require(p == nil || p.Parent == c.byID[local(ref.Text)], "EXT040", b, "the parameter is not one of the resource's")
		}
	}
	if !c.executable(e) || expr == nil {
		return
	}
	inner := expr.first("formalExpression", "expression")
	c.require(inner != nil && (inner.is("formalExpression") || formal(inner)), "EXT041", e, "an executable process needs a formal expression")
}

// timerRules: BPMN 2.0 §10.4.5, timer events, and ISO 8601.
func (c *checker) timerRules(e *Element) {
	if !e.is("timerEventDefinition") {
		return
	}
	parts := e.all("timeDate", "timeDuration", "timeCycle")
	c.require(len(parts) < 2, "EXT131", e, "a timer has one of timeDate, timeDuration and timeCycle")
	c.require(len(parts) > 0 || !c.executable(e), "EXT131", e, "an executable timer has timeDate, timeDuration or timeCycle")
	for _, p := range parts {
		if p.Text == "" || computed(p.Text) {
			continue
		}
		switch p.Name {
		case "timeDate":
			_, ok := calendar.ParseDateTime(p.Text)
			_, date := calendar.ParseDate(p.Text)
			c.require(ok || date, "EXT132", e, "%q is no ISO 8601 date; expressions start with =", p.Text)
		case "timeCycle":
			c.require(validCycle(p.Text), "EXT133", e, "%q is no ISO 8601 repeating interval; expressions start with =", p.Text)
		case "timeDuration":
			c.require(validDuration(p.Text), "EXT134", e, "%q is no ISO 8601 duration; expressions start with =", p.Text)
		}
	}
}

// computed reports whether a text is marked as an expression.
func computed(s string) bool {
	return strings.HasPrefix(s, "=") || strings.HasPrefix(s, "${") || strings.HasPrefix(s, "#{")
}

func validDuration(s string) bool {
	_, ok := calendar.ParseDuration(s)
	_, months := calendar.ParseMonths(s)
	return ok || months
}

// validCycle reports whether s is R[n]/[start/]duration.
func validCycle(s string) bool {
	parts := strings.Split(s, "/")
	if len(parts) < 2 || len(parts) > 3 || !strings.HasPrefix(parts[0], "R") {
		return false
	}
	if n := parts[0][1:]; n != "" {
		if count, err := strconv.Atoi(n); err != nil || count < 0 || n[0] == '+' {
			return false
		}
	}
	if len(parts) == 3 {
		if _, ok := calendar.ParseDateTime(parts[1]); !ok {
			return false
		}
	}
	return validDuration(parts[len(parts)-1])
}

// multiInstanceSource is the collection or number of instances that an extension
// gives a multi-instance activity.
func multiInstanceSource(e *Element) string {
	for _, x := range e.extensions(nsZeebe, "loopCharacteristics") {
		return x.Attr("inputCollection")
	}
	for _, space := range []string{nsCamunda, nsFlow, nsActiv} {
		if s := e.AttrNS(space, "collection"); s != "" {
			return s
		}
	}
	return ""
}

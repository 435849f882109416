package compiler

import (
	"fmt"
	"strings"
)

// juel rewrites an expression of the Unified Expression Language, as Camunda 7,
// Flowable and Activiti write it between ${ and }, into FEEL: operators, property
// access and the methods of strings and collections that conditions use.
func juel(src string) (feelText string, err error) {
	defer func() {
		if r := recover(); r != nil {
			failure, ok := r.(juelError)
			if !ok {
				panic(r)
			}
			err = fmt.Errorf("%q: %s", src, string(failure))
		}
	}()
	p := &juelParser{src: src}
	p.next()
	out := p.ternary(0)
	if p.token != "" {
		p.fail("%q is not expected", p.token)
	}
	return out, nil
}

type juelError string

type juelParser struct {
	src   string
	at    int
	token string // "" at the end
}

func (p *juelParser) fail(format string, args ...any) { panic(juelError(fmt.Sprintf(format, args...))) }

// next reads a token.
func (p *juelParser) next() {
	for p.at < len(p.src) && strings.IndexByte(" \t\r\n", p.src[p.at]) >= 0 {
		p.at++
	}
	if p.at == len(p.src) {
		p.token = ""
		return
	}
	from := p.at
	c := p.src[p.at]
	switch {
	case word(c):
		for p.at < len(p.src) && (word(p.src[p.at]) || c >= '0' && c <= '9' && p.src[p.at] == '.') {
			p.at++
		}
	case c == '"' || c == '\'':
		for p.at++; p.at < len(p.src) && p.src[p.at] != c; p.at++ {
			if p.src[p.at] == '\\' {
				p.at++
			}
		}
		if p.at >= len(p.src) {
			p.fail("the string does not end")
		}
		p.at++
	default:
		p.at++
		if p.at < len(p.src) {
			switch p.src[from : p.at+1] {
			case "==", "!=", "<=", ">=", "&&", "||":
				p.at++
			}
		}
	}
	p.token = p.src[from:p.at]
}

func word(c byte) bool {
	return c == '_' || c == '$' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= 0x80
}

func (p *juelParser) take(token string) bool {
	if p.token != token {
		return false
	}
	p.next()
	return true
}

func (p *juelParser) expect(token string) {
	if !p.take(token) {
		p.fail("%q is expected, not %q", token, p.token)
	}
}

const juelDepth = 60

func (p *juelParser) ternary(depth int) string {
	if depth > juelDepth {
		p.fail("it nests too deep")
	}
	cond := p.binary(0, depth)
	if !p.take("?") {
		return cond
	}
	yes := p.ternary(depth + 1)
	p.expect(":")
	return "(if " + cond + " then " + yes + " else " + p.ternary(depth+1) + ")"
}

// juelOps lists operators from the loosest to the tightest with what FEEL calls
// them.
var juelOps = []map[string]string{
	{"||": "or", "or": "or"},
	{"&&": "and", "and": "and"},
	{"==": "=", "eq": "=", "!=": "!=", "ne": "!="},
	{"<": "<", "lt": "<", ">": ">", "gt": ">", "<=": "<=", "le": "<=", ">=": ">=", "ge": ">="},
	{"+": "+", "-": "-"},
	{"*": "*", "/": "/", "div": "/", "%": "%", "mod": "%"},
}

func (p *juelParser) binary(level, depth int) string {
	if level == len(juelOps) {
		return p.unary(depth)
	}
	left := p.binary(level+1, depth)
	for {
		op, ok := juelOps[level][p.token]
		if !ok {
			return left
		}
		p.next()
		right := p.binary(level+1, depth)
		if op == "%" {
			left = "modulo(" + left + ", " + right + ")"
		} else {
			left = "(" + left + " " + op + " " + right + ")"
		}
	}
}

func (p *juelParser) unary(depth int) string {
	if depth > juelDepth {
		p.fail("it nests too deep")
	}
	switch {
	case p.take("!"), p.take("not"):
		return "not(" + p.unary(depth+1) + ")"
	case p.take("-"):
		return "(-" + p.unary(depth+1) + ")"
	case p.take("empty"):
		x := p.unary(depth + 1)
		return "(" + x + ` = null or ` + x + ` = "" or ` + x + " = [])"
	}
	x := p.primary(depth)
	for {
		switch {
		case p.take("."):
			name := p.token
			p.next()
			if p.take("(") {
				x = p.method(x, name, p.arguments(depth))
			} else {
				x += "." + name
			}
		case p.take("["):
			i := p.ternary(depth + 1)
			p.expect("]")
			x += "[" + i + " + 1]" // FEEL counts from 1
		default:
			return x
		}
	}
}

func (p *juelParser) arguments(depth int) []string {
	var args []string
	for !p.take(")") {
		if len(args) > 0 {
			p.expect(",")
		}
		args = append(args, p.ternary(depth+1))
	}
	return args
}

func (p *juelParser) primary(depth int) string {
	t := p.token
	switch {
	case t == "":
		p.fail("it ends too early")
	case t == "(":
		p.next()
		x := p.ternary(depth + 1)
		p.expect(")")
		return "(" + x + ")"
	case t[0] == '\'' || t[0] == '"':
		p.next()
		body := strings.ReplaceAll(t[1:len(t)-1], `\'`, "'")
		if t[0] == '\'' {
			body = strings.ReplaceAll(body, `"`, `\"`)
		}
		return `"` + body + `"`
	case word(t[0]):
		p.next()
		return t
	}
	p.fail("%q is not expected", t)
	return ""
}

// juelMethods says how a method of n arguments is written in FEEL; %0 is the
// object, %1 and %2 are the arguments.
var juelMethods = map[string]string{
	"contains/1": "contains(%0, %1)", "startsWith/1": "starts with(%0, %1)", "endsWith/1": "ends with(%0, %1)", "equals/1": "(%0 = %1)",
	"isEmpty/0": `(%0 = "" or %0 = [])`, "length/0": "string length(%0)", "size/0": "count(%0)", "toUpperCase/0": "upper case(%0)",
	"toLowerCase/0": "lower case(%0)", "substring/1": "substring(%0, %1 + 1)", "substring/2": "substring(%0, %1 + 1, %2 - %1)",
	"get/1": "get value(%0, %1)", "containsKey/1": "(get value(%0, %1) != null)", "matches/1": "matches(%0, %1)",
}

func (p *juelParser) method(object, name string, args []string) string {
	form, ok := juelMethods[fmt.Sprintf("%s/%d", name, len(args))]
	if !ok {
		p.fail("the method %s with %d arguments is not known", name, len(args))
	}
	pairs := []string{"%0", object}
	for i, a := range args {
		pairs = append(pairs, fmt.Sprintf("%%%d", i+1), a)
	}
	return strings.NewReplacer(pairs...).Replace(form)
}

// xpath rewrites conditions in XPath that consist of BPMN's access functions,
// comparisons and logic (BPMN 2.0 §10.3.4) into FEEL.
func xpath(src string) string {
	for _, f := range []string{"getDataObject", "getProcessProperty", "getDataInput", "getDataOutput"} {
		for {
			i := strings.Index(src, f+"('")
			if i < 0 {
				break
			}
			end := strings.Index(src[i:], "')")
			if end < 0 {
				break
			}
			from := i
			for from > 0 && (word(src[from-1]) || src[from-1] == ':') {
				from--
			}
			src = src[:from] + src[i+len(f)+2:i+end] + src[i+end+2:]
		}
	}
	return strings.ReplaceAll(src, "'", `"`)
}

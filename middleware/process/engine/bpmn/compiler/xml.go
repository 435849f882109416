package compiler

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// The limits of source text.
const (
	// MaxSource bounds the bytes of a source file.
	MaxSource = 8 << 20
	// MaxElements bounds its XML elements, MaxDepth how deep they nest.
	MaxElements, MaxDepth = 100_000, 100
)

const (
	nsModel   = "http://www.omg.org/spec/BPMN/20100524/MODEL"
	nsDI      = "http://www.omg.org/spec/BPMN/20100524/DI"
	nsXSI     = "http://www.w3.org/2001/XMLSchema-instance"
	nsZeebe   = "http://camunda.org/schema/zeebe/1.0"
	nsCamunda = "http://camunda.org/schema/1.0/bpmn"
	nsFlow    = "http://flowable.org/bpmn"
	nsActiv   = "http://activiti.org/bpmn"
	// Namespace is that of the extension elements of this project.
	Namespace = "urn:cybermiles:process:1"
)

// Element is an element of a source file with its place.
type Element struct {
	// Space and Name are the namespace and local name.
	Space, Name string
	// Text is the character data directly within, trimmed.
	Text string
	// Children are the elements directly within; Parent is nil for the root.
	Children []*Element
	Parent   *Element
	// Line is where the element starts, from 1.
	Line int

	attrs []xml.Attr
	text  strings.Builder
}

// errSource is wrapped by every error about a file that is no XML we read.
var errSource = errors.New("not a readable BPMN file")

// parseXML reads a file into a tree. It refuses document type declarations, and
// with them every entity that is not predefined.
func parseXML(data []byte) (*Element, error) {
	if len(data) > MaxSource {
		return nil, fmt.Errorf("%w: %d bytes, at most %d are allowed", errSource, len(data), MaxSource)
	}
	d := xml.NewDecoder(bytes.NewReader(data))
	d.CharsetReader = charset
	var root, at *Element
	count, depth := 0, 0
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errSource, err)
		}
		switch t := token.(type) {
		case xml.Directive:
			return nil, fmt.Errorf("%w: document type declarations are refused; remove <!%.20s", errSource, t)
		case xml.StartElement:
			line, _ := d.InputPos()
			if count, depth = count+1, depth+1; count > MaxElements || depth > MaxDepth {
				return nil, fmt.Errorf("%w: line %d: more than %d elements or %d levels", errSource, line, MaxElements, MaxDepth)
			}
			e := &Element{Space: t.Name.Space, Name: t.Name.Local, Parent: at, Line: line, attrs: t.Attr}
			if at == nil {
				root = e
			} else {
				at.Children = append(at.Children, e)
			}
			at = e
		case xml.EndElement:
			at.Text = strings.TrimSpace(at.text.String())
			at, depth = at.Parent, depth-1
		case xml.CharData:
			if at != nil {
				at.text.Write(t)
			}
		}
	}
	if root == nil {
		return nil, fmt.Errorf("%w: it is empty", errSource)
	}
	return root, nil
}

// charset reads the encodings that modellers write beside UTF-8.
func charset(label string, input io.Reader) (io.Reader, error) {
	switch strings.ToLower(label) {
	case "utf-8", "us-ascii", "ascii":
		return input, nil
	case "iso-8859-1", "windows-1252", "latin1":
		data, err := io.ReadAll(io.LimitReader(input, MaxSource))
		if err != nil {
			return nil, err
		}
		runes := make([]rune, len(data))
		for i, b := range data {
			runes[i] = rune(b)
		}
		return strings.NewReader(string(runes)), nil
	}
	return nil, fmt.Errorf("the encoding %q is not read; save the file as UTF-8", label)
}

// Attr is the value of an attribute without namespace, "" when it is missing.
func (e *Element) Attr(name string) string { return e.AttrNS("", name) }

// AttrNS is the value of an attribute of a namespace.
func (e *Element) AttrNS(space, name string) string {
	for i := range e.attrs {
		if e.attrs[i].Name.Local == name && e.attrs[i].Name.Space == space {
			return e.attrs[i].Value
		}
	}
	return ""
}

// has reports whether an attribute without namespace is there.
func (e *Element) has(name string) bool {
	for i := range e.attrs {
		if e.attrs[i].Name.Local == name && e.attrs[i].Name.Space == "" {
			return true
		}
	}
	return false
}

// flag is the value of a boolean attribute.
func (e *Element) flag(name string, otherwise bool) bool {
	switch strings.TrimSpace(e.Attr(name)) {
	case "true", "1":
		return true
	case "false", "0":
		return false
	}
	return otherwise
}

// id is the element's id.
func (e *Element) id() string { return e.Attr("id") }

// title is what a person calls the element: its name, else its id.
func (e *Element) title() string {
	if name := strings.TrimSpace(e.Attr("name")); name != "" {
		return name
	}
	return e.id()
}

// is reports whether e is a BPMN element of one of these names.
func (e *Element) is(names ...string) bool {
	if e == nil || e.Space != nsModel {
		return false
	}
	for _, n := range names {
		if e.Name == n {
			return true
		}
	}
	return false
}

// all lists the BPMN children with one of these names.
func (e *Element) all(names ...string) []*Element {
	var out []*Element
	for _, c := range e.Children {
		if c.is(names...) {
			out = append(out, c)
		}
	}
	return out
}

// first is the first BPMN child with one of these names, nil when there is none.
func (e *Element) first(names ...string) *Element {
	for _, c := range e.Children {
		if c.is(names...) {
			return c
		}
	}
	return nil
}

// texts are the contents of the children of that name.
func (e *Element) texts(name string) []string {
	var out []string
	for _, c := range e.all(name) {
		out = append(out, local(c.Text))
	}
	return out
}

// extension is the first extension element of that name in a namespace.
func (e *Element) extension(space, name string) *Element {
	for _, x := range e.extensions(space, name) {
		return x
	}
	return nil
}

// extensions are the extension elements of that name in a namespace.
func (e *Element) extensions(space, name string) []*Element {
	var out []*Element
	for _, holder := range e.all("extensionElements") {
		for _, c := range holder.Children {
			if c.Space == space && c.Name == name {
				out = append(out, c)
			}
		}
	}
	return out
}

// local is a qualified name without its prefix.
func local(name string) string {
	name = strings.TrimSpace(name)
	if i := strings.LastIndexByte(name, ':'); i >= 0 {
		return name[i+1:]
	}
	return name
}

// walk visits e and everything within it that is BPMN, in the order of the
// source.
func (e *Element) walk(visit func(*Element)) {
	visit(e)
	for _, c := range e.Children {
		if c.Space == nsModel {
			c.walk(visit)
		}
	}
}

// within is the closest element around e with one of these names, or nil.
func (e *Element) within(names ...string) *Element {
	for p := e.Parent; p != nil; p = p.Parent {
		if p.is(names...) {
			return p
		}
	}
	return nil
}

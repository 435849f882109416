package compiler

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
)

// The types of this file mirror the elements of DMN's XML by local name, so
// that the namespaces of DMN 1.1 to 1.5 all read alike.

// place is where an element starts in its file.
type place struct{ Line, Column int }

// text is the content of an element with its place.
type text struct {
	Value string
	At    place
}

// UnmarshalXML implements xml.Unmarshaler.
func (t *text) UnmarshalXML(d *xml.Decoder, start xml.StartElement) error {
	t.At.Line, t.At.Column = d.InputPos()
	return d.DecodeElement(&t.Value, &start)
}

// inner is an element that holds its text in a child element text.
type inner struct {
	Text text `xml:"text"`
}

type xmlDefinitions struct {
	XMLName   xml.Name
	Name      string         `xml:"name,attr"`
	Namespace string         `xml:"namespace,attr"`
	Imports   []xmlImport    `xml:"import"`
	Items     []xmlItem      `xml:"itemDefinition"`
	Inputs    []xmlElement   `xml:"inputData"`
	Decisions []xmlElement   `xml:"decision"`
	Knowledge []xmlKnowledge `xml:"businessKnowledgeModel"`
	Services  []xmlService   `xml:"decisionService"`
}

type xmlImport struct {
	Namespace string `xml:"namespace,attr"`
	Name      string `xml:"name,attr"`
	Type      string `xml:"importType,attr"`
}

type xmlItem struct {
	Name       string        `xml:"name,attr"`
	Collection bool          `xml:"isCollection,attr"`
	TypeRef    text          `xml:"typeRef"`
	Allowed    *inner        `xml:"allowedValues"`
	Constraint *inner        `xml:"typeConstraint"`
	Components []xmlItem     `xml:"itemComponent"`
	Function   *xmlSignature `xml:"functionItem"`
}

type xmlSignature struct {
	Output     string         `xml:"outputTypeRef,attr"`
	Parameters []xmlParameter `xml:"parameters"`
}

type xmlParameter struct {
	Name      string `xml:"name,attr"`
	TypeRef   string `xml:"typeRef,attr"`
	OldTypeID string `xml:"typeRef"`
}

func (p xmlParameter) typeName() string { return p.TypeRef + p.OldTypeID }

type xmlElement struct {
	ID        string           `xml:"id,attr"`
	Name      string           `xml:"name,attr"`
	Variable  *xmlParameter    `xml:"variable"`
	Needs     []xmlRequirement `xml:"informationRequirement"`
	Knowledge []xmlRequirement `xml:"knowledgeRequirement"`
	xmlLogic
}

func (e *xmlElement) variableName() string {
	if e.Variable != nil && e.Variable.Name != "" {
		return e.Variable.Name
	}
	return e.Name
}

type xmlRequirement struct {
	Decision  *xmlHref `xml:"requiredDecision"`
	Input     *xmlHref `xml:"requiredInput"`
	Knowledge *xmlHref `xml:"requiredKnowledge"`
}

func (r xmlRequirement) hrefs() []string {
	var out []string
	for _, h := range []*xmlHref{r.Decision, r.Input, r.Knowledge} {
		if h != nil {
			out = append(out, h.Href)
		}
	}
	return out
}

type xmlHref struct {
	Href string `xml:"href,attr"`
}

type xmlKnowledge struct {
	xmlElement
	Encapsulated *xmlFunction `xml:"encapsulatedLogic"`
}

type xmlService struct {
	xmlElement
	Outputs        []xmlHref `xml:"outputDecision"`
	InputDecisions []xmlHref `xml:"inputDecision"`
	InputData      []xmlHref `xml:"inputData"`
}

// xmlLogic is an expression of any kind; at most one field is set.
type xmlLogic struct {
	Literal     *xmlLiteral     `xml:"literalExpression"`
	Context     *xmlContext     `xml:"context"`
	List        *xmlList        `xml:"list"`
	Relation    *xmlRelation    `xml:"relation"`
	Function    *xmlFunction    `xml:"functionDefinition"`
	Invocation  *xmlInvocation  `xml:"invocation"`
	Table       *xmlTable       `xml:"decisionTable"`
	Conditional *xmlConditional `xml:"conditional"`
	Filter      *xmlFilter      `xml:"filter"`
	For         *xmlIterator    `xml:"for"`
	Every       *xmlIterator    `xml:"every"`
	Some        *xmlIterator    `xml:"some"`
}

func (l *xmlLogic) empty() bool { return *l == xmlLogic{} }

type xmlLiteral struct {
	Language string `xml:"expressionLanguage,attr"`
	TypeRef  string `xml:"typeRef,attr"`
	Text     text   `xml:"text"`
}

type xmlContext struct {
	Entries []xmlEntry `xml:"contextEntry"`
}

type xmlEntry struct {
	Variable *xmlParameter `xml:"variable"`
	xmlLogic
}

// xmlList keeps the order of children of different kinds.
type xmlList struct {
	Items []xmlLogic
}

// UnmarshalXML implements xml.Unmarshaler.
func (l *xmlList) UnmarshalXML(d *xml.Decoder, _ xml.StartElement) error {
	for {
		token, err := d.Token()
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.StartElement:
			item, known, err := decodeLogic(d, t)
			if err != nil {
				return err
			}
			if known {
				l.Items = append(l.Items, item)
			}
		case xml.EndElement:
			return nil
		}
	}
}

// decodeLogic decodes one expression element; others are skipped.
func decodeLogic(d *xml.Decoder, start xml.StartElement) (l xmlLogic, known bool, err error) {
	into := func(v any) error { return d.DecodeElement(v, &start) }
	switch start.Name.Local {
	case "literalExpression":
		err = into(&l.Literal)
	case "context":
		err = into(&l.Context)
	case "list":
		err = into(&l.List)
	case "relation":
		err = into(&l.Relation)
	case "functionDefinition":
		err = into(&l.Function)
	case "invocation":
		err = into(&l.Invocation)
	case "decisionTable":
		err = into(&l.Table)
	case "conditional":
		err = into(&l.Conditional)
	case "filter":
		err = into(&l.Filter)
	case "for":
		err = into(&l.For)
	case "every":
		err = into(&l.Every)
	case "some":
		err = into(&l.Some)
	default:
		return l, false, d.Skip()
	}
	return l, true, err
}

type xmlRelation struct {
	Columns []xmlParameter `xml:"column"`
	Rows    []xmlList      `xml:"row"`
}

type xmlFunction struct {
	Kind       string         `xml:"kind,attr"`
	Parameters []xmlParameter `xml:"formalParameter"`
	xmlLogic
}

type xmlInvocation struct {
	Called   *xmlLiteral  `xml:"literalExpression"`
	Bindings []xmlBinding `xml:"binding"`
}

type xmlBinding struct {
	Parameter xmlParameter `xml:"parameter"`
	xmlLogic
}

type xmlConditional struct {
	If   xmlLogic `xml:"if"`
	Then xmlLogic `xml:"then"`
	Else xmlLogic `xml:"else"`
}

type xmlFilter struct {
	In    xmlLogic `xml:"in"`
	Match xmlLogic `xml:"match"`
}

type xmlIterator struct {
	Variable  string   `xml:"iteratorVariable,attr"`
	In        xmlLogic `xml:"in"`
	Return    xmlLogic `xml:"return"`
	Satisfies xmlLogic `xml:"satisfies"`
}

type xmlTable struct {
	HitPolicy   string           `xml:"hitPolicy,attr"`
	Aggregation string           `xml:"aggregation,attr"`
	OutputLabel string           `xml:"outputLabel,attr"`
	Inputs      []xmlTableInput  `xml:"input"`
	Outputs     []xmlTableOutput `xml:"output"`
	Rules       []xmlRule        `xml:"rule"`
}

type xmlTableInput struct {
	Expression *xmlLiteral `xml:"inputExpression"`
	Values     *inner      `xml:"inputValues"`
}

type xmlTableOutput struct {
	Name    string      `xml:"name,attr"`
	TypeRef string      `xml:"typeRef,attr"`
	Values  *inner      `xml:"outputValues"`
	Default *xmlLiteral `xml:"defaultOutputEntry"`
}

type xmlRule struct {
	Inputs  []inner      `xml:"inputEntry"`
	Outputs []xmlLiteral `xml:"outputEntry"`
}

// parseXML reads a file of DMN.
func parseXML(source []byte) (*xmlDefinitions, error) {
	d := xml.NewDecoder(bytes.NewReader(source))
	var def xmlDefinitions
	if err := d.Decode(&def); err != nil {
		line, column := d.InputPos()
		return nil, fmt.Errorf("line %d, column %d: %w", line, column, err)
	}
	if def.XMLName.Local != "definitions" || !strings.Contains(strings.ToUpper(def.XMLName.Space), "/DMN/") {
		return nil, fmt.Errorf("line 1: want the element definitions of a DMN namespace, found %q in %q", def.XMLName.Local, def.XMLName.Space)
	}
	return &def, nil
}

package sheet_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
	"github.com/cybermiles/cybermiles/middleware/rules/workbench"
	"github.com/cybermiles/cybermiles/middleware/rules/workbench/sheet"
)

const fees = `Seller level,Amount,Member since,Prime,Remark,Fee,Reason
"input string: ""gold"", ""silver""",input number,input date,input boolean,note,output number,output
gold,>= 1000,,,big,0.01,Gold & large
gold,< 1000,<= 2020-12-31,-,,0.015,
gold,< 1000,> 2020-12-31,true,,=0.01 + 0.01,"new ""friend"""
gold,< 1000,> 2020-12-31,false,,0.025,plain
,,,,,,
"=not(""gold"")",-,-,-,,0.04,other
`

// compiled writes a model to a file and compiles it.
func compiled(t testing.TB, content []byte) *workbench.Model {
	t.Helper()
	path := filepath.Join(t.TempDir(), "table.dmn")
	require.NoError(t, os.WriteFile(path, content, 0o600))
	model, err := workbench.Compile(path)
	require.NoError(t, err)
	require.Empty(t, model.Findings)
	return model
}

func decide(t testing.TB, model *workbench.Model, decision, input string) string {
	t.Helper()
	inputs, err := model.Inputs(decision, []byte(input))
	require.NoError(t, err)
	result, err := model.Evaluate(decision, inputs, time.Unix(0, 0))
	require.NoError(t, err)
	return string(workbench.JSON(result.Value))
}

var feeAnswers = map[string]string{
	`{"Seller level": "gold", "Amount": 1000, "Member since": "2026-01-01", "Prime": true}`: `{"Fee":0.01,"Reason":"Gold & large"}`,
	`{"Seller level": "gold", "Amount": 1, "Member since": "2020-12-31", "Prime": true}`:    `{"Fee":0.015,"Reason":null}`,
	`{"Seller level": "gold", "Amount": 1, "Member since": "2021-01-01", "Prime": true}`:    `{"Fee":0.02,"Reason":"new \"friend\""}`,
	`{"Seller level": "gold", "Amount": 1, "Member since": "2021-01-01", "Prime": false}`:   `{"Fee":0.025,"Reason":"plain"}`,
	`{"Seller level": "tin", "Amount": 1, "Member since": "2021-01-01", "Prime": false}`:    `{"Fee":0.04,"Reason":"other"}`,
}

func TestCSV(t *testing.T) {
	for _, text := range []string{fees, "\xef\xbb\xbf" + strings.ReplaceAll(fees, "\n", "\r\n")} {
		rows, err := sheet.CSV([]byte(text))
		require.NoError(t, err)
		content, err := sheet.Model(rows, sheet.Options{Decision: "Fees"})
		require.NoError(t, err)
		model := compiled(t, content)
		for input, want := range feeAnswers {
			require.Equal(t, want, decide(t, model, "Fees", input), input)
		}
		require.Empty(t, model.Coverage())
	}
	rows, err := sheet.CSV([]byte("A;Out\ninput;output number\nx, y;1,5\n"))
	require.NoError(t, err)
	require.Equal(t, "x, y", rows[2][0].Text)
}

func TestEveryType(t *testing.T) {
	rows, err := sheet.CSV([]byte("D,T,Dt,Span,Months,Out,Due\ninput date,input time,input date and time,input days and time duration,input years and months duration,output,output date\n" +
		"2026-01-31,>= 10:00:00Z,< 2026-01-01T00:00:00Z,[P1D..P2DT3H],P1Y2M,hit,2026-02-28\n,,,,,miss,\n"))
	require.NoError(t, err)
	content, err := sheet.Model(rows, sheet.Options{Decision: "Out or not", HitPolicy: "First"})
	require.NoError(t, err)
	model := compiled(t, content)
	require.Equal(t, `{"Out":"hit","Due":"2026-02-28"}`, decide(t, model, "Out or not",
		`{"D": "2026-01-31", "T": "10:00:01Z", "Dt": "2025-12-31T00:00:00Z", "Span": "P2D", "Months": "P14M"}`))
	require.Equal(t, `{"Out":"miss","Due":null}`, decide(t, model, "Out or not", `{"D": "2026-01-30"}`))
}

func TestRefused(t *testing.T) {
	for text, want := range map[string]string{
		"A,B\ninput,output\n":                     "want a row of headings",
		"A,B\ninput,output\n,\n":                  "want a row of headings",
		"A,B\nin,output\nx,1\n":                   `column 1 ("A"): its second row says "in"`,
		"A,B\ninput money,output\nx,1\n":          `no type "money"`,
		"A(1),B\ninput,output\nx,1\n":             `"A(1)" is no name`,
		"A,A\ninput,input\nx,1\n":                 "column 1 is an input of the same name",
		"A,B\ninput,input\nx,1\n":                 "2 inputs and 0 outputs",
		"A,B\ninput,output\n\"x,1\n":              "parse error",
		"A,B\ninput,output\nx," + long(1<<15+1):   "a cell of 32769 bytes",
		strings.Repeat("A,", sheet.MaxColumns):    "columns; a table may have",
		strings.Repeat("a\n", sheet.MaxRows+1):    "rows; a table may have",
		"A,B\ninput,output\nx,1\n" + "\x00policy": "no hit policy",
	} {
		policy := ""
		if strings.HasSuffix(text, "\x00policy") {
			policy = "last"
		}
		rows, err := sheet.CSV([]byte(text))
		if err == nil {
			_, err = sheet.Model(rows, sheet.Options{Decision: "D", HitPolicy: policy})
		}
		require.ErrorContains(t, err, want, text[:min(len(text), 60)])
	}
}

func long(n int) string { return strings.Repeat("x", n) }

// book makes an XLSX file of parts.
func book(t testing.TB, parts map[string]string) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, content := range parts {
		f, err := w.Create(name)
		require.NoError(t, err)
		_, err = io.WriteString(f, content)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

func feesBook(rows string) map[string]string {
	return map[string]string{
		"xl/workbook.xml":            `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Other" sheetId="1" r:id="rId1"/><sheet name="Fees" sheetId="2" r:id="rId2"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Target="/xl/worksheets/sheet2.xml"/></Relationships>`,
		"xl/sharedStrings.xml":       `<sst><si><t>Level</t></si><si><r><t>input </t></r><r><t>string</t></r></si><si><t>gold</t></si></sst>`,
		"xl/worksheets/sheet1.xml":   `<worksheet><sheetData/></worksheet>`,
		"xl/worksheets/sheet2.xml":   `<worksheet><sheetData>` + rows + `</sheetData></worksheet>`,
	}
}

const feeRows = `<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>Day</t></is></c><c r="D1" t="str"><v>Fee</v></c></row>
<row r="2"><c r="A2" t="s"><v>1</v></c><c r="B2" t="str"><v>input date</v></c><c r="C2" t="str"><v>note</v></c><c r="D2" t="str"><v>output number</v></c></row>
<row r="4"><c r="A4" t="s"><v>2</v></c><c r="B4" s="3"><v>46053</v></c><c r="D4"><f>3/200</f><v>1.4999999999999999E-2</v></c></row>
<row r="5"><c r="D5"><v>0.04</v></c></row>`

func TestXLSX(t *testing.T) {
	rows, err := sheet.XLSX(book(t, feesBook(feeRows)), "Fees")
	require.NoError(t, err)
	require.Len(t, rows, 5)
	content, err := sheet.Model(rows, sheet.Options{Decision: "Fee", HitPolicy: "FIRST"})
	require.NoError(t, err)
	model := compiled(t, content)
	require.Equal(t, "0.015", decide(t, model, "Fee", `{"Level": "gold", "Day": "2026-01-31"}`))
	require.Equal(t, "0.04", decide(t, model, "Fee", `{"Level": "gold", "Day": "2026-02-01"}`))
}

func TestHostileXLSX(t *testing.T) {
	small := func(row string) map[string]string { return feesBook(`<row r="1">` + row + `</row>`) }
	without := feesBook(feeRows)
	delete(without, "xl/worksheets/sheet2.xml")
	bomb := feesBook(strings.Repeat(" ", sheet.MaxUnpacked))
	entities := feesBook(feeRows)
	entities["xl/sharedStrings.xml"] = `<!DOCTYPE s [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><sst><si><t>&b;</t></si></sst>`
	for name, c := range map[string]struct {
		parts map[string]string
		want  string
	}{
		"bomb":            {bomb, "unpacks to more than"},
		"entities":        {entities, "entity"},
		"no sheet":        {without, "it has no xl/worksheets/sheet2.xml"},
		"far column":      {small(`<c r="XFD1"><v>1</v></c>`), "not in the first"},
		"huge column":     {small(`<c r="` + long(1000) + `1"><v>1</v></c>`), "not in the first"},
		"far row":         {feesBook(`<row r="1048576"/>`), "a table has at most"},
		"rows back":       {feesBook(`<row r="2"/><row r="1"/>`), "in order"},
		"shared text":     {small(`<c r="A1" t="s"><v>9</v></c>`), "no shared text"},
		"error":           {small(`<c r="A1" t="e"><v>#REF!</v></c>`), "#REF!"},
		"no number":       {small(`<c r="A1"><v>x</v></c>`), "is no number"},
		"columns back":    {small(`<c r="B1"><v>1</v></c><c r="A1"><v>1</v></c>`), "in order"},
		"not well formed": {feesBook(`<row r="1"><c></row>`), "syntax error"},
	} {
		_, err := sheet.XLSX(book(t, c.parts), "Fees")
		require.ErrorContains(t, err, c.want, name)
	}
	_, err := sheet.XLSX([]byte("PK"), "")
	require.ErrorContains(t, err, "not an XLSX file")
	_, err = sheet.XLSX(book(t, feesBook(feeRows)), "Nothing")
	require.ErrorContains(t, err, `the file has "Other", "Fees"`)
}

// Whatever a file holds, it is refused or its model compiles or names its fault.
func FuzzCSV(f *testing.F) {
	f.Add([]byte(fees))
	f.Add([]byte("A;B\ninput date;output\n> 2026-01-01;=now()\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		rows, err := sheet.CSV(content)
		if err != nil {
			return
		}
		checkModel(t, rows)
	})
}

func FuzzXLSX(f *testing.F) {
	f.Add([]byte(feeRows), []byte(`<sst><si><t>Level</t></si><si><t>input</t></si><si><t>gold</t></si></sst>`))
	f.Add([]byte(`<row><c t="b"><v>1</v></c></row>`), []byte(`<sst/>`))
	f.Fuzz(func(t *testing.T, cells, shared []byte) {
		parts := feesBook(string(cells))
		parts["xl/sharedStrings.xml"] = string(shared)
		rows, err := sheet.XLSX(book(t, parts), "Fees")
		if err != nil {
			return
		}
		checkModel(t, rows)
	})
}

func checkModel(t *testing.T, rows [][]sheet.Cell) {
	content, err := sheet.Model(rows, sheet.Options{Decision: "Fuzz", HitPolicy: "first"})
	if err != nil {
		return
	}
	path := filepath.Join(t.TempDir(), "fuzz.dmn")
	require.NoError(t, os.WriteFile(path, content, 0o600))
	model, err := workbench.Compile(path)
	if err != nil {
		return
	}
	for _, finding := range model.Coverage() {
		require.NotEmpty(t, finding.Message)
		for _, in := range finding.Example {
			require.NotPanics(t, func() { _ = feel.Text(in.Value) })
		}
	}
	require.Equal(t, model.Code, model.Encode(), fmt.Sprint(rows))
}

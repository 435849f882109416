package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
)

// XLSX reads the cells of a sheet, by name or the first. Formulas count with the
// value that the file has for them.
func XLSX(content []byte, name string) ([][]Cell, error) {
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, fmt.Errorf("not an XLSX file: %w", err)
	}
	b := &workbook{archive: archive, left: MaxUnpacked}
	part, err := b.sheet(name)
	if err != nil {
		return nil, err
	}
	if err := b.strings(); err != nil {
		return nil, err
	}
	return b.cells(part)
}

type workbook struct {
	archive *zip.Reader
	left    int64 // bytes that may still be unpacked
	shared  []string
}

// part opens a file of the archive; reading more than is left is an error.
func (b *workbook) part(name string) (*xml.Decoder, func(), error) {
	for _, file := range b.archive.File {
		if file.Name != name {
			continue
		}
		r, err := file.Open()
		if err != nil {
			return nil, nil, err
		}
		return xml.NewDecoder(&bounded{r, b}), func() { r.Close() }, nil
	}
	return nil, nil, fmt.Errorf("not an XLSX file: it has no %s", name)
}

// bounded reads until the workbook has unpacked too much.
type bounded struct {
	io.Reader
	book *workbook
}

func (r *bounded) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if r.book.left -= int64(n); r.book.left < 0 {
		return 0, fmt.Errorf("it unpacks to more than %d bytes", MaxUnpacked)
	}
	return n, err
}

func (b *workbook) decode(name string, into any) error {
	d, done, err := b.part(name)
	if err != nil {
		return err
	}
	defer done()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// sheet is the part that holds a sheet.
func (b *workbook) sheet(name string) (string, error) {
	var book struct {
		Sheets []struct {
			Name string     `xml:"name,attr"`
			Attr []xml.Attr `xml:",any,attr"`
		} `xml:"sheets>sheet"`
	}
	var relations struct {
		List []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	if err := b.decode("xl/workbook.xml", &book); err != nil {
		return "", err
	}
	if err := b.decode("xl/_rels/workbook.xml.rels", &relations); err != nil {
		return "", err
	}
	var names []string
	for _, sheet := range book.Sheets {
		names = append(names, strconv.Quote(sheet.Name))
		if name != "" && sheet.Name != name {
			continue
		}
		for _, attr := range sheet.Attr {
			for _, r := range relations.List {
				if attr.Name.Local == "id" && attr.Value == r.ID {
					if strings.HasPrefix(r.Target, "/") {
						return r.Target[1:], nil
					}
					return path.Join("xl", r.Target), nil
				}
			}
		}
	}
	return "", fmt.Errorf("no sheet %q; the file has %s", name, strings.Join(names, ", "))
}

// text is a text with its formatted runs.
type text struct {
	Plain string   `xml:"t"`
	Runs  []string `xml:"r>t"`
}

func (t text) String() string { return t.Plain + strings.Join(t.Runs, "") }

// strings reads the texts that cells share; a file may have none.
func (b *workbook) strings() error {
	const name = "xl/sharedStrings.xml"
	d, done, err := b.part(name)
	if err != nil {
		return nil
	}
	defer done()
	return elements(d, "si", func(start xml.StartElement) error {
		var t text
		if err := d.DecodeElement(&t, &start); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		b.shared = append(b.shared, t.String())
		return nil
	})
}

// elements calls f for each element of a name.
func elements(d *xml.Decoder, name string, f func(xml.StartElement) error) error {
	for {
		token, err := d.Token()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == name {
			if err := f(start); err != nil {
				return err
			}
		}
	}
}

type xmlRow struct {
	Number int       `xml:"r,attr"`
	Cells  []xmlCell `xml:"c"`
}

type xmlCell struct {
	Place  string `xml:"r,attr"`
	Kind   string `xml:"t,attr"`
	Value  string `xml:"v"`
	Inline text   `xml:"is"`
}

func (b *workbook) cells(part string) (rows [][]Cell, err error) {
	d, done, err := b.part(part)
	if err != nil {
		return nil, err
	}
	defer done()
	err = elements(d, "row", func(start xml.StartElement) error {
		var row xmlRow
		if err := d.DecodeElement(&row, &start); err != nil {
			return err
		}
		number := row.Number
		if number == 0 {
			number = len(rows) + 1
		}
		if number <= len(rows) || number > MaxRows {
			return fmt.Errorf("row %d: a table has at most %d, in order", number, MaxRows)
		}
		for len(rows) < number {
			rows = append(rows, nil)
		}
		rows[number-1], err = b.row(row)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", part, err)
	}
	return rows, checkSize(rows)
}

func (b *workbook) row(row xmlRow) (cells []Cell, err error) {
	for _, c := range row.Cells {
		column := len(cells)
		if c.Place != "" {
			if column, err = columnOf(c.Place); err != nil {
				return nil, err
			}
		}
		if column >= MaxColumns || column < len(cells) {
			return nil, fmt.Errorf("cell %s: a table has at most %d columns, in order", c.Place, MaxColumns)
		}
		cells = append(cells, make([]Cell, column-len(cells))...)
		cell, err := b.cell(c)
		if err != nil {
			return nil, fmt.Errorf("cell %s: %w", c.Place, err)
		}
		cells = append(cells, cell)
	}
	return cells, nil
}

// columnOf is the column of a place such as AB12, from 0.
func columnOf(place string) (int, error) {
	n := 0
	for _, c := range place {
		if c < 'A' || c > 'Z' {
			break
		}
		if n = n*26 + int(c-'A') + 1; n > MaxColumns {
			break
		}
	}
	if n == 0 || n > MaxColumns {
		return 0, fmt.Errorf("cell %q is not in the first %d columns", place, MaxColumns)
	}
	return n - 1, nil
}

func (b *workbook) cell(c xmlCell) (Cell, error) {
	switch c.Kind {
	case "s":
		i, err := strconv.Atoi(strings.TrimSpace(c.Value))
		if err != nil || i < 0 || i >= len(b.shared) {
			return Cell{}, fmt.Errorf("the file has no shared text %q", c.Value)
		}
		return Cell{Text: b.shared[i]}, nil
	case "inlineStr":
		return Cell{Text: c.Inline.String()}, nil
	case "b":
		return Cell{Text: map[string]string{"1": "true", "0": "false"}[strings.TrimSpace(c.Value)]}, nil
	case "e":
		return Cell{}, fmt.Errorf("it holds the error %s", c.Value)
	case "", "n":
		if strings.TrimSpace(c.Value) == "" {
			return Cell{}, nil
		}
		f, err := strconv.ParseFloat(strings.TrimSpace(c.Value), 64)
		if err != nil {
			return Cell{}, fmt.Errorf("%q is no number", c.Value)
		}
		// A file has 17 digits of what was entered with at most 15.
		return Cell{Text: plainNumber(f), Number: true}, nil
	}
	return Cell{Text: c.Value}, nil
}

func plainNumber(f float64) string {
	short, _ := strconv.ParseFloat(strconv.FormatFloat(f, 'g', 15, 64), 64)
	return strconv.FormatFloat(short, 'f', -1, 64)
}

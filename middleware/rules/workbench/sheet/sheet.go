// Package sheet makes a decision model of a table in a CSV or XLSX file: one
// decision whose table has the file's columns and rows. It reads cells as they are
// stored and refuses what it would have to guess: headings that are no names,
// columns without a kind, files over its limits. XLSX is read with the standard
// library alone: the parts that hold cells are few, and a spreadsheet library
// brings formulas, charts and drawings along.
package sheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/dmn"
)

// Limits of a file: its bytes, those it unpacks to, its columns and the bytes of
// a cell. Rows are limited as the rules of a table are.
const (
	MaxFile     = 16 << 20
	MaxUnpacked = 64 << 20
	MaxColumns  = 2 * dmn.MaxColumns
	MaxRows     = dmn.MaxRules + 2
	MaxCell     = 1 << 15
)

// Options say what the table does not.
type Options struct {
	Decision  string // its name
	HitPolicy string // as people write it; "" is unique
	Sheet     string // of an XLSX file; "" is the first
}

// Import makes the DMN of a file.
func Import(path string, options Options) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > MaxFile {
		return nil, fmt.Errorf("%s has %d bytes; a table may have %d", path, info.Size(), MaxFile)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var rows [][]Cell
	switch ending := strings.ToLower(filepath.Ext(path)); ending {
	case ".csv":
		rows, err = CSV(content)
	case ".xlsx":
		rows, err = XLSX(content, options.Sheet)
	default:
		return nil, fmt.Errorf("%s: a table is a .csv or an .xlsx file; save a sheet of another kind as one of them", path)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	model, err := Model(rows, options)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return model, nil
}

// Cell is the content of a cell. Number tells that the file stores a number, which
// may stand for a date.
type Cell struct {
	Text   string
	Number bool
}

// CSV reads cells separated by commas or, where the first line has more of them,
// by semicolons or tabs.
func CSV(content []byte) ([][]Cell, error) {
	content = bytes.TrimPrefix(content, []byte("\xef\xbb\xbf"))
	first, _, _ := bytes.Cut(content, []byte("\n"))
	r := csv.NewReader(bytes.NewReader(content))
	r.FieldsPerRecord = -1
	for _, separator := range ";\t" {
		if bytes.ContainsRune(first, separator) && bytes.Count(first, []byte(string(separator))) > bytes.Count(first, []byte(string(r.Comma))) {
			r.Comma = separator
		}
	}
	records, err := r.ReadAll()
	if err != nil {
		return nil, err
	}
	rows := make([][]Cell, len(records))
	for i, record := range records {
		for _, text := range record {
			rows[i] = append(rows[i], Cell{Text: text})
		}
	}
	return rows, checkSize(rows)
}

func checkSize(rows [][]Cell) error {
	if len(rows) > MaxRows {
		return fmt.Errorf("%d rows; a table may have %d", len(rows), MaxRows)
	}
	for i, row := range rows {
		if len(row) > MaxColumns {
			return fmt.Errorf("row %d: %d columns; a table may have %d", i+1, len(row), MaxColumns)
		}
		for _, cell := range row {
			if len(cell.Text) > MaxCell {
				return fmt.Errorf("row %d: a cell of %d bytes; one may have %d", i+1, len(cell.Text), MaxCell)
			}
		}
	}
	return nil
}

var errNoRows = errors.New("want a row of headings, a row that says what each column is (input number, output string, note …) and at least one rule")

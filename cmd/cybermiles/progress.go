package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

const (
	progressEvery = 200 * time.Millisecond
	progressCells = 24 // of the bar
)

// progressBar shows at a terminal how far long work has come, with its rate and
// the time left. It is silent when nobody watches: standard error is no
// terminal, or the output is JSON.
type progressBar struct {
	verb          string
	out           *os.File // nil: silent
	begun, redraw time.Time
	width         int // of the line drawn last
}

func newProgressBar(cmd *cobra.Command, verb string) *progressBar {
	bar := &progressBar{verb: verb, begun: time.Now()}
	if out, ok := cmd.ErrOrStderr().(*os.File); ok && !asJSON(cmd) && term.IsTerminal(int(out.Fd())) {
		bar.out = out
	}
	return bar
}

// show draws that done of total blocks are done, with the transactions in them.
func (b *progressBar) show(done, total, transactions uint64) {
	if b.out == nil || done < total && time.Since(b.redraw) < progressEvery {
		return
	}
	b.redraw = time.Now()
	line := progressLine(b.verb, done, total, transactions, time.Since(b.begun))
	fmt.Fprintf(b.out, "\r%s%s", line, strings.Repeat(" ", max(b.width-len(line), 0)))
	b.width = len(line)
}

// end leaves the line drawn last.
func (b *progressBar) end() {
	if b.out != nil && b.width > 0 {
		fmt.Fprintln(b.out)
	}
}

func progressLine(verb string, done, total, transactions uint64, took time.Duration) string {
	share := float64(done) / float64(max(total, 1))
	filled := int(share * progressCells)
	seconds := max(took.Seconds(), 0.001)
	line := fmt.Sprintf("%s [%s%s] %3.0f%%  %d/%d blocks  %.0f blocks/s  %.0f tx/s", verb,
		strings.Repeat("=", filled), strings.Repeat(" ", progressCells-filled),
		share*100, done, total, float64(done)/seconds, float64(transactions)/seconds)
	if done == 0 || done == total {
		return line
	}
	left := time.Duration(float64(took) * float64(total-done) / float64(done))
	return line + "  " + left.Round(time.Second).String() + " left"
}

package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestProgressLine(t *testing.T) {
	require.Equal(t, "import [======                  ]  25%  250/1000 blocks  50 blocks/s  100 tx/s  15s left",
		progressLine("import", 250, 1000, 500, 5*time.Second))
	require.Equal(t, "export [========================] 100%  4/4 blocks  2 blocks/s  0 tx/s",
		progressLine("export", 4, 4, 0, 2*time.Second))
	require.Equal(t, "export [                        ]   0%  0/9 blocks  0 blocks/s  0 tx/s",
		progressLine("export", 0, 9, 0, 0))
}

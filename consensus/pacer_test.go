package consensus

import (
	"sync/atomic"
	"testing"
	"time"

	cstypes "github.com/cometbft/cometbft/consensus/types"
	"github.com/stretchr/testify/require"
)

// timeout has the fields of CometBFT's unexported type.
type timeout struct {
	Duration time.Duration
	Height   int64
	Round    int32
	Step     cstypes.RoundStepType
}

func newTestPacer(t *testing.T, busy *atomic.Bool, work chan struct{}) *pacer[timeout] {
	p := newPacer(func() <-chan timeout { return nil }, Pace{
		Interval: 100 * time.Millisecond, Gather: 10 * time.Millisecond, Idle: time.Second, HasWork: busy.Load, Work: work, Idled: func(time.Duration) {},
	})
	require.NoError(t, p.Start())
	t.Cleanup(func() { require.NoError(t, p.Stop()) })
	return p
}

// beginsAfter schedules a height and measures how long it waits.
func beginsAfter(t *testing.T, p *pacer[timeout], height int64) time.Duration {
	t.Helper()
	start := time.Now()
	p.ScheduleTimeout(timeout{Height: height, Step: cstypes.RoundStepNewHeight})
	select {
	case fired := <-p.Chan():
		require.Equal(t, height, fired.Height)
	case <-time.After(5 * time.Second):
		t.Fatal("the height never began")
	}
	return time.Since(start)
}

func TestBusyHeightsKeepTheInterval(t *testing.T) {
	var busy atomic.Bool
	busy.Store(true)
	p := newTestPacer(t, &busy, make(chan struct{}, 1))
	beginsAfter(t, p, 1)
	for height := int64(2); height < 5; height++ {
		time.Sleep(40 * time.Millisecond) // the block's own work counts
		require.InDelta(t, 60, beginsAfter(t, p, height).Milliseconds(), 25)
	}
	time.Sleep(200 * time.Millisecond) // longer than the interval: only late votes are waited for
	require.InDelta(t, 10, beginsAfter(t, p, 5).Milliseconds(), 15)
}

func TestIdleHeightWaitsForWork(t *testing.T) {
	var busy atomic.Bool
	work := make(chan struct{}, 1)
	p := newTestPacer(t, &busy, work)
	beginsAfter(t, p, 1)
	require.InDelta(t, 1000, beginsAfter(t, p, 2).Milliseconds(), 60, "an empty block after the idle time")

	time.AfterFunc(300*time.Millisecond, func() { busy.Store(true); work <- struct{}{} })
	require.InDelta(t, 300, beginsAfter(t, p, 3).Milliseconds(), 60, "work ends the wait")

	busy.Store(false)
	work <- struct{}{} // a signal without work changes nothing
	require.InDelta(t, 1000, beginsAfter(t, p, 4).Milliseconds(), 60)
}

func TestOtherStepsKeepTheirTimeouts(t *testing.T) {
	var busy atomic.Bool
	p := newTestPacer(t, &busy, nil)
	start := time.Now()
	p.ScheduleTimeout(timeout{Duration: time.Hour, Height: 3, Step: cstypes.RoundStepPropose})
	p.ScheduleTimeout(timeout{Duration: time.Millisecond, Height: 2, Step: cstypes.RoundStepCommit}) // older: ignored
	p.ScheduleTimeout(timeout{Duration: 50 * time.Millisecond, Height: 3, Step: cstypes.RoundStepPrevoteWait})
	fired := <-p.Chan()
	require.Equal(t, cstypes.RoundStepPrevoteWait, fired.Step)
	require.GreaterOrEqual(t, time.Since(start), 50*time.Millisecond)
}

package consensus

import (
	"reflect"
	"sync"
	"time"

	cmtconsensus "github.com/cometbft/cometbft/consensus"
	cstypes "github.com/cometbft/cometbft/consensus/types"
	cmtlog "github.com/cometbft/cometbft/libs/log"
)

// Pace says when the next block begins.
type Pace struct {
	Interval time.Duration // between the beginnings of two blocks that have work
	Gather   time.Duration // least wait after a commit, in which late votes arrive
	Idle     time.Duration // between two blocks when there is no work
	HasWork  func() bool
	Work     <-chan struct{}     // signalled when HasWork may have become true
	Idled    func(time.Duration) // told, as a height begins, how long it had waited for work
}

// NewPacer is CometBFT's timeout ticker, but for the wait between two heights:
// a height begins Interval after the last one began when transactions wait, as
// soon as one arrives after that, and after Idle at the latest. CometBFT's own
// rule (create_empty_blocks = false) would never wait here, because it begins a
// block at once when the last one changed the application hash, which an
// Ethereum block always does.
func NewPacer(pace Pace) cmtconsensus.TimeoutTicker {
	return newPacer(cmtconsensus.NewTimeoutTicker().Chan, pace)
}

// newPacer takes CometBFT's ticker only for its type: the timeout's type has no
// exported name.
func newPacer[T any](_ func() <-chan T, pace Pace) *pacer[T] {
	return &pacer[T]{pace: pace, ticks: make(chan T, 16), tocks: make(chan T, 16), quit: make(chan struct{})}
}

type pacer[T any] struct {
	pace  Pace
	ticks chan T
	tocks chan T
	quit  chan struct{}
	once  sync.Once
}

func (p *pacer[T]) Start() error {
	go p.run()
	return nil
}

func (p *pacer[T]) Stop() error {
	p.once.Do(func() { close(p.quit) })
	return nil
}

func (p *pacer[T]) Chan() <-chan T          { return p.tocks }
func (p *pacer[T]) SetLogger(cmtlog.Logger) {}

func (p *pacer[T]) ScheduleTimeout(timeout T) {
	select {
	case p.ticks <- timeout:
	case <-p.quit:
	}
}

// position is a timeout's place in the protocol.
type position struct {
	wait   time.Duration
	height int64
	round  int32
	step   cstypes.RoundStepType
}

func read(timeout any) position {
	v := reflect.ValueOf(timeout)
	return position{
		wait:   time.Duration(v.FieldByName("Duration").Int()),
		height: v.FieldByName("Height").Int(),
		round:  int32(v.FieldByName("Round").Int()),
		step:   cstypes.RoundStepType(v.FieldByName("Step").Uint()),
	}
}

// replaces reports whether a newer timeout takes the place of an older one.
func (n position) replaces(old position) bool {
	switch {
	case n.height != old.height:
		return n.height > old.height
	case n.round != old.round:
		return n.round > old.round
	default:
		return old.step == 0 || n.step > old.step
	}
}

func (p *pacer[T]) run() {
	var (
		current T
		at      position
		began   time.Time // of the last height
		soonest time.Time // when the next one may begin if there is work
		idle    time.Time // when an idle height begins all the same; zero: not idling
		timer   = time.NewTimer(time.Hour)
	)
	defer timer.Stop()
	fire := func() {
		if at.step == cstypes.RoundStepNewHeight {
			began = time.Now()
			soonest = p.begin(began, idle)
		}
		idle = time.Time{}
		go func(t T) {
			select {
			case p.tocks <- t:
			case <-p.quit:
			}
		}(current)
	}
	for {
		var work <-chan struct{}
		if !idle.IsZero() {
			work = p.pace.Work
		}
		select {
		case timeout := <-p.ticks:
			next := read(timeout)
			if !next.replaces(at) {
				continue
			}
			current, at, idle = timeout, next, time.Time{}
			timer.Reset(p.wait(at, soonest))
		case <-timer.C:
			if at.height == 0 {
				continue // nothing is scheduled yet
			}
			if at.step != cstypes.RoundStepNewHeight || p.pace.HasWork() || !idle.IsZero() && !time.Now().Before(idle) {
				fire()
				continue
			}
			idle = began.Add(p.pace.Idle)
			timer.Reset(time.Until(idle))
		case <-work:
			if p.pace.HasWork() {
				timer.Stop()
				fire()
			}
		case <-p.quit:
			return
		}
	}
}

// begin tells how long a height had waited for work and returns when the next
// may begin. idle is when this one would have begun without work, zero when it
// did not wait for any. A height that ended such a wait is followed at once: the
// next is the one that takes the transactions (see PrepareProposal).
func (p *pacer[T]) begin(now, idle time.Time) (soonest time.Time) {
	if idle.IsZero() {
		p.pace.Idled(0)
		return now.Add(p.pace.Interval)
	}
	p.pace.Idled(p.pace.Idle - idle.Sub(now))
	if now.Before(idle) {
		return now
	}
	return now.Add(p.pace.Interval)
}

// wait is how long a timeout lasts at least.
func (p *pacer[T]) wait(at position, soonest time.Time) time.Duration {
	if at.step != cstypes.RoundStepNewHeight {
		return at.wait
	}
	return max(time.Until(soonest), p.pace.Gather)
}

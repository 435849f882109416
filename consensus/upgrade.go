package consensus

import "errors"

// ErrUpgrade says that a planned upgrade needs a newer program.
var ErrUpgrade = errors.New("the next block needs a newer version of this program")

// checkUpgrade asks the node to stop when the block after the newest is not
// ours to execute. Everything up to here is on disk.
func (a *App) checkUpgrade() {
	if err := a.Validators.Ready(a.Chain.Head().Header()); err != nil {
		a.Log.Error("stopping before a planned upgrade", "height", a.Chain.Head().NumberU64()+1, "reason", err)
		if a.Halt != nil {
			a.Halt(err)
		}
	}
}

// await holds a decided block back for as long as the node runs when this
// program must not execute it: CometBFT takes an error here for a defect.
func (a *App) await() error {
	err := a.Validators.Ready(a.Chain.Head().Header())
	if err == nil {
		return nil
	}
	<-a.end
	return err
}

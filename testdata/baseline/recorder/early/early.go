// Package early sets what istiod reads from its environment while its packages start. It imports next to nothing and
// its path sorts before those of istiod's dependencies, so Go initialises it first.
package early

import (
	"os"
	"syscall"
)

// Answers is the caller's standard output. Whatever else writes to descriptor 1 ends in standard error.
var Answers = start()

func start() *os.File {
	for _, setting := range []string{"PILOT_ENABLE_AMBIENT", "PILOT_ENABLE_ALPHA_GATEWAY_API"} {
		if err := os.Setenv(setting, "true"); err != nil {
			panic(err)
		}
	}
	answers, err := syscall.Dup(1)
	if err == nil {
		err = syscall.Dup2(2, 1)
	}
	if err != nil {
		panic(err)
	}
	syscall.CloseOnExec(answers)
	return os.NewFile(uintptr(answers), "answers")
}

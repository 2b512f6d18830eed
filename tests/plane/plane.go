package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

//go:embed stages.yaml
var stages []byte

//go:embed audit.yaml
var audit []byte

var errEnded = errors.New("ended before it was ready")

// One part: what it is called with, and its process while it has one.
type part struct {
	name    string
	program string
	args    []string
	process *os.Process
	gone    chan struct{}
	end     error
}

// A cluster: its parts in the order they are started.
type plane struct {
	wanted
	keys   *keys
	server string
	client *kubernetes.Clientset
	parts  []*part
	ended  chan string
}

func newPlane(w wanted, keys *keys) (*plane, error) {
	p := &plane{wanted: w, keys: keys, ended: make(chan string, 100)}
	free := make([]int, 5)
	for i := range free {
		var err error
		if free[i], err = freePort(); err != nil {
			return p, err
		}
	}
	if p.port == 0 {
		p.port = free[0]
	}
	p.server = fmt.Sprintf("https://%s:%d", p.address, p.port)
	own, err := os.Executable()
	if err != nil {
		return p, err
	}
	etcd := fmt.Sprintf("http://127.0.0.1:%d", free[1])
	p.parts = []*part{
		{name: "etcd", program: own, args: []string{"etcd", "--dir", p.path("etcd"),
			"--client", etcd, "--peer", fmt.Sprintf("http://127.0.0.1:%d", free[2])}},
		{name: "kube-apiserver", program: own, args: p.apiserver(etcd)},
		{name: "kube-controller-manager", program: own, args: p.controllers()},
		{name: "kube-scheduler", program: own, args: []string{"kube-scheduler", "--leader-elect=false", "--secure-port=0",
			"--kube-api-qps=1000", "--kube-api-burst=1000",
			"--kubeconfig=" + keys.path("kube-scheduler.kubeconfig")}},
	}
	if p.nodes > 0 {
		p.parts = append(p.parts, &part{name: "nodes", program: own, args: p.podFolders(free[3])},
			&part{name: "kwok", program: p.kwok, args: p.players(free[3], free[4])})
	}
	for name, content := range map[string][]byte{"kwok.yaml": stages, "audit.yaml": audit} {
		if err := os.WriteFile(p.path(name), content, 0o600); err != nil {
			return p, err
		}
	}
	if err := keys.writeKubeconfigs(p.server); err != nil {
		return p, err
	}
	config, err := clientcmd.BuildConfigFromFlags("", keys.path("kwok.kubeconfig"))
	if err != nil {
		return p, err
	}
	config.QPS, config.Burst, config.UserAgent = 1000, 1000, "plane"
	p.client, err = kubernetes.NewForConfig(config)
	return p, err
}

func (p *plane) path(name string) string { return filepath.Join(p.dir, name) }

func (p *plane) start(ctx context.Context) error {
	for _, part := range p.parts[:2] {
		if err := p.run(part); err != nil {
			return err
		}
	}
	if err := p.until(ctx, "the API is ready", p.apiReady); err != nil {
		return err
	}
	for _, part := range p.parts[2:] {
		if err := p.run(part); err != nil {
			return err
		}
	}
	return p.furnish(ctx)
}

// Starts a part; the kernel ends it with us, whatever becomes of us.
func (p *plane) run(part *part) error {
	log, err := os.OpenFile(p.path(part.name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	command := exec.Command(part.program, part.args...)
	command.Stdout, command.Stderr = log, log
	command.Dir = p.dir
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	if err := command.Start(); err != nil {
		return err
	}
	part.process, part.gone = command.Process, make(chan struct{})
	go func(gone chan struct{}) {
		part.end = command.Wait()
		close(gone)
		p.ended <- part.name
	}(part.gone)
	return nil
}

// A test's cluster is thrown away: nothing is gained by asking the parts to end.
func (p *plane) stop() {
	for i := len(p.parts) - 1; i >= 0; i-- {
		p.kill(p.parts[i])
	}
}

func (p *plane) kill(part *part) {
	if part.process == nil {
		return
	}
	_ = part.process.Signal(syscall.SIGKILL)
	<-part.gone
	part.process = nil
}

// Whether the part that ended should be running.
func (p *plane) lost(name string) bool {
	for _, part := range p.parts {
		if part.name == name && part.process != nil {
			select {
			case <-part.gone:
				return true
			default:
			}
		}
	}
	return false
}

// One command of the one who started us: kill, start, pause or resume a part.
func (p *plane) obey(line string) error {
	verb, name, _ := strings.Cut(line, " ")
	var it *part
	for _, part := range p.parts {
		if part.name == name {
			it = part
		}
	}
	if it == nil {
		return fmt.Errorf("no part is called `%s`", name)
	}
	if verb == "start" {
		if it.process != nil {
			return fmt.Errorf("%s runs already", name)
		}
		if err := p.run(it); err != nil || name != "kube-apiserver" {
			return err
		}
		return p.until(context.Background(), "the API is ready", p.apiReady)
	}
	if it.process == nil {
		return fmt.Errorf("%s does not run", name)
	}
	switch verb {
	case "kill":
		p.kill(it)
		return nil
	case "pause":
		return it.process.Signal(syscall.SIGSTOP)
	case "resume":
		return it.process.Signal(syscall.SIGCONT)
	}
	return fmt.Errorf("`%s` is none of kill, start, pause, resume", verb)
}

func (p *plane) apiReady(ctx context.Context) (bool, error) {
	answer, err := p.client.Discovery().RESTClient().Get().AbsPath("/readyz").DoRaw(ctx)
	return err == nil && string(answer) == "ok", nil
}

// Asks until it is so, or a part ends, or two minutes are over.
func (p *plane) until(ctx context.Context, what string, so func(context.Context) (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	for {
		yes, err := so(ctx)
		if err != nil {
			return fmt.Errorf("until %s: %w", what, err)
		}
		if yes {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("not in time: %s; see the logs in `%s`", what, p.dir)
		case name := <-p.ended:
			if p.lost(name) {
				return fmt.Errorf("%s %w, %s", name, errEnded, p.lastWords(name))
			}
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// How a part ended and what it said last; one that could not write its log has said nothing, so what is free is told.
func (p *plane) lastWords(name string) string {
	var end error
	for _, part := range p.parts {
		if part.name == name {
			end = part.end
		}
	}
	var disk syscall.Statfs_t
	_ = syscall.Statfs(p.dir, &disk)
	log, err := os.ReadFile(p.path(name + ".log"))
	if err != nil {
		return err.Error()
	}
	free := disk.Bavail * uint64(disk.Bsize) >> 20
	return fmt.Sprintf("by %v, with %d MB free in %s; it said:\n%s", end, free, p.dir, log[max(0, len(log)-2000):])
}

func (p *plane) said() said {
	pids := map[string]int{}
	for _, part := range p.parts {
		pids[part.name] = part.process.Pid
	}
	return said{
		Kubeconfig:  p.keys.path("kubeconfig"),
		Limited:     p.keys.path("limited.kubeconfig"),
		Certificate: p.keys.path("certificate.kubeconfig"),
		Expired:     p.keys.path("expired.kubeconfig"),
		Stranger:    p.keys.path("stranger.kubeconfig"),
		Server:      p.server,
		Authority:   p.path("ca.crt"),
		Tokens:      map[string]string{"admin": p.keys.tokens["admin"], "limited": p.keys.tokens["limited"]},
		Audit:       p.path("audit.log"),
		Nodes:       p.nodeNames(),
		Processes:   pids,
		Dir:         p.dir,
	}
}

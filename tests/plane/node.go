package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"k8s.io/apimachinery/pkg/types"
	protocols "k8s.io/apimachinery/pkg/util/remotecommand"
	client "k8s.io/client-go/tools/remotecommand"
	"k8s.io/kubelet/pkg/cri/streaming/portforward"
	"k8s.io/kubelet/pkg/cri/streaming/remotecommand"
	codes "k8s.io/utils/exec"
)

// The side of every node that the API server calls for exec, logs and port-forward, as a kubelet has it.
// A pod is a folder: its commands run there, what it has logged is the file `log` in it. A port of a pod is the same
// port of this machine.
type podFolders struct{ dir string }

func nodes() int {
	flags := flag.NewFlagSet("nodes", flag.ExitOnError)
	dir := flags.String("dir", "", "where each pod has its folder")
	port := flags.Int("port", 0, "on 127.0.0.1")
	cert := flags.String("cert", "", "what we show")
	key := flags.String("key", "", "and its key")
	authority := flags.String("ca", "", "who must have signed what the caller shows")
	_ = flags.Parse(os.Args[1:])
	signer, err := os.ReadFile(*authority)
	if err != nil {
		fmt.Fprintln(os.Stderr, "nodes:", err)
		return 1
	}
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(signer)
	n := podFolders{dir: *dir}
	paths := http.NewServeMux()
	paths.HandleFunc("/exec/{space}/{pod}/{container}", n.exec)
	paths.HandleFunc("/containerLogs/{space}/{pod}/{container}", n.logs)
	paths.HandleFunc("/portForward/{space}/{pod}", n.portForward)
	server := &http.Server{
		Addr:      fmt.Sprintf("127.0.0.1:%d", *port),
		Handler:   paths,
		TLSConfig: &tls.Config{ClientCAs: trusted, ClientAuth: tls.RequireAndVerifyClientCert},
		// an upgrade to SPDY needs HTTP/1
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){},
	}
	fmt.Fprintln(os.Stderr, "nodes:", server.ListenAndServeTLS(*cert, *key))
	return 1
}

// The pod's folder, there at the latest when it is asked for.
func (n podFolders) folder(request *http.Request) (string, error) {
	folder := filepath.Join(n.dir, request.PathValue("space"), request.PathValue("pod"))
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", err
	}
	log, err := os.OpenFile(filepath.Join(folder, "log"), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, os.ErrExist) {
		return folder, nil
	}
	if err != nil {
		return "", err
	}
	defer log.Close()
	_, err = fmt.Fprintf(log, "%s began\n%s is ready\n", request.PathValue("pod"), request.PathValue("pod"))
	return folder, err
}

func (n podFolders) exec(answer http.ResponseWriter, request *http.Request) {
	folder, err := n.folder(request)
	if err != nil {
		http.Error(answer, err.Error(), http.StatusInternalServerError)
		return
	}
	options, err := remotecommand.NewOptions(request)
	if err != nil {
		http.Error(answer, err.Error(), http.StatusBadRequest)
		return
	}
	remotecommand.ServeExec(answer, request, n, folder, "", request.PathValue("container"), request.URL.Query()["command"],
		options, time.Hour, protocols.DefaultStreamCreationTimeout, protocols.SupportedStreamingProtocols)
}

// ExecInContainer runs the command in the pod's folder. Like a real one, it does not end when the caller goes away.
func (n podFolders) ExecInContainer(_ context.Context, folder string, _ types.UID, container string, args []string, in io.Reader,
	out, err io.WriteCloser, tty bool, _ <-chan client.TerminalSize, _ time.Duration) error {
	command := exec.Command(args[0], args[1:]...)
	command.Dir = folder
	command.Env = append(os.Environ(), "POD="+filepath.Base(folder), "CONTAINER="+container)
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if out != nil {
		command.Stdout = out
		if tty {
			command.Stderr = out
		}
	}
	if err != nil {
		command.Stderr = err
	}
	if in != nil {
		// not Stdin: then a command that ends without reading would be waited for until its caller closes
		stdin, fault := command.StdinPipe()
		if fault != nil {
			return fault
		}
		go func() {
			_, _ = io.Copy(stdin, in)
			_ = stdin.Close()
		}()
	}
	fault := command.Run()
	var ended *exec.ExitError
	if !errors.As(fault, &ended) {
		return fault
	}
	code := ended.ExitCode()
	if status, ok := ended.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		code = 128 + int(status.Signal())
	}
	return codes.CodeExitError{Err: ended, Code: code}
}

func (n podFolders) portForward(answer http.ResponseWriter, request *http.Request) {
	options, err := portforward.NewV4Options(request)
	if err != nil {
		http.Error(answer, err.Error(), http.StatusBadRequest)
		return
	}
	portforward.ServePortForward(answer, request, n, request.PathValue("pod"), "", options,
		time.Hour, protocols.DefaultStreamCreationTimeout, portforward.SupportedProtocols)
}

// PortForward joins the stream to the port of that number here.
func (n podFolders) PortForward(_ context.Context, _ string, _ types.UID, port int32, stream io.ReadWriteCloser) error {
	defer stream.Close()
	here, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return err
	}
	defer here.Close()
	go func() {
		_, _ = io.Copy(here, stream)
		_ = here.(*net.TCPConn).CloseWrite()
	}()
	_, err = io.Copy(stream, here)
	return err
}

// The last lines that were asked for, and with `follow` all that come, until the caller goes away.
func (n podFolders) logs(answer http.ResponseWriter, request *http.Request) {
	folder, err := n.folder(request)
	if err != nil {
		http.Error(answer, err.Error(), http.StatusInternalServerError)
		return
	}
	log, err := os.Open(filepath.Join(folder, "log"))
	if err != nil {
		http.Error(answer, err.Error(), http.StatusInternalServerError)
		return
	}
	defer log.Close()
	all, err := io.ReadAll(log)
	if err != nil {
		http.Error(answer, err.Error(), http.StatusInternalServerError)
		return
	}
	lines := strings.SplitAfter(strings.TrimSuffix(string(all), "\n")+"\n", "\n")
	lines = lines[:len(lines)-1]
	if tail, err := strconv.Atoi(request.FormValue("tailLines")); err == nil && tail < len(lines) {
		lines = lines[len(lines)-tail:]
	}
	answer.Header().Set("Content-Type", "text/plain")
	_, err = io.WriteString(answer, strings.Join(lines, ""))
	for err == nil && request.FormValue("follow") == "true" {
		answer.(http.Flusher).Flush()
		select {
		case <-request.Context().Done():
			return
		case <-time.After(50 * time.Millisecond):
		}
		_, err = io.Copy(answer, log)
	}
}

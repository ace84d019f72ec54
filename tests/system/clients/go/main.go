// What the engine's own Go client does, as lines on standard output that say the same by each way to the engine
// (DOCKER_HOST). Usage: client IMAGE. Makes a container named `client` and removes it.
package main

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/client"
	"github.com/docker/docker/pkg/stdcopy"
)

var (
	ctx = context.Background()
	big = bytes.Repeat([]byte("dockgate"), 1<<18)
)

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	return value
}

func check(err error) {
	must(0, err)
}

// Types text into a stream, ends that direction, and reads the other to its end.
func talk(h types.HijackedResponse, text []byte) string {
	defer h.Close()
	var out bytes.Buffer
	go func() {
		h.Conn.Write(text)
		h.CloseWrite()
	}()
	must(stdcopy.StdCopy(&out, &out, h.Reader))
	return out.String()
}

func tarOf(name string, data []byte) io.Reader {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	check(w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(data))}))
	must(w.Write(data))
	check(w.Close())
	return &out
}

func untar(r io.ReadCloser) []byte {
	defer r.Close()
	t := tar.NewReader(r)
	must(t.Next())
	return must(io.ReadAll(t))
}

func follow(r io.ReadCloser) chan string {
	done := make(chan string, 1)
	go func() {
		var out bytes.Buffer
		_, err := stdcopy.StdCopy(&out, &out, r)
		done <- fmt.Sprintf("%q %v", out.String(), err)
	}()
	return done
}

// The different actions of a container's events, sorted: when a process ends is told beside what comes next.
func actions(c *client.Client, id string) (found []events.Action) {
	now := time.Now().Unix() + 1
	came, failed := c.Events(ctx, events.ListOptions{Since: strconv.FormatInt(now-600, 10),
		Until: strconv.FormatInt(now, 10), Filters: filters.NewArgs(filters.Arg("container", id))})
	for {
		select {
		case e := <-came:
			found = append(found, e.Action)
		case err := <-failed:
			if err != io.EOF {
				check(err)
			}
			slices.Sort(found)
			return slices.Compact(found)
		}
	}
}

func main() {
	c := must(client.NewClientWithOpts(client.FromEnv, client.WithAPIVersionNegotiation()))
	fmt.Println("version", must(c.ServerVersion(ctx)).Version)
	config := container.Config{Image: os.Args[1], OpenStdin: true, StdinOnce: true,
		Cmd: []string{"sh", "-c", "read x; echo got $x; exec cat >/dev/null"}}
	id := must(c.ContainerCreate(ctx, &config, &container.HostConfig{NetworkMode: "none"}, nil, nil, "client")).ID
	defer c.ContainerRemove(ctx, id, container.RemoveOptions{Force: true})
	typed := must(c.ContainerAttach(ctx, id, container.AttachOptions{Stream: true, Stdin: true, Stdout: true}))
	check(c.ContainerStart(ctx, id, container.StartOptions{}))
	for _, one := range must(c.ContainerList(ctx, container.ListOptions{All: true})) {
		fmt.Println("list", one.Names)
	}
	exec := must(c.ContainerExecCreate(ctx, id, container.ExecOptions{Cmd: []string{"wc", "-c"}, AttachStdin: true, AttachStdout: true})).ID
	fmt.Printf("stdin %q\n", talk(must(c.ContainerExecAttach(ctx, exec, container.ExecAttachOptions{})), big))
	fmt.Println("exit", must(c.ContainerExecInspect(ctx, exec)).ExitCode)
	check(c.CopyToContainer(ctx, id, "/data", tarOf("big", big), container.CopyToContainerOptions{}))
	back, _, err := c.CopyFromContainer(ctx, id, "/data/big")
	fmt.Println("archive", bytes.Equal(untar(must(back, err)), big))
	logs := follow(must(c.ContainerLogs(ctx, id, container.LogsOptions{ShowStdout: true, Follow: true})))
	ended, failed := c.ContainerWait(ctx, id, container.WaitConditionNotRunning)
	fmt.Printf("attach %q\n", talk(typed, []byte("typed\n")))
	fmt.Println("logs", <-logs)
	select {
	case e := <-ended:
		fmt.Println("wait", e.StatusCode)
	case err := <-failed:
		check(err)
	}
	fmt.Println("events", actions(c, id))
}

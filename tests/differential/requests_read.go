// What Go's encoding/json, which is the engine's, reads from a body and from the form that we send in its place.
// A case is a kind (4 bytes of length, big-endian, and a text), the body and our form in the same way; the answer is a
// line: "same", "refused" (Go takes neither the body nor, it may be, our form), or "differs" with both readings.
package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"reflect"
)

// StrSlice is a text or a list of texts, as the engine reads commands.
type StrSlice []string

func (e *StrSlice) UnmarshalJSON(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	p := make([]string, 0, 1)
	if err := json.Unmarshal(b, &p); err != nil {
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
		p = append(p, s)
	}
	*e = p
	return nil
}

type none struct{}

type health struct {
	Test                           []string
	Interval, Timeout, StartPeriod int64
	StartInterval                  int64
	Retries                        int
}

type driverConfig struct {
	Name    string
	Options map[string]string
}

type mount struct {
	Type, Source, Target string
	ReadOnly             bool
	Consistency          string
	BindOptions          *struct {
		Propagation                                                                  string
		NonRecursive, CreateMountpoint, ReadOnlyNonRecursive, ReadOnlyForceRecursive bool
	}
	VolumeOptions *struct {
		NoCopy       bool
		Labels       map[string]string
		Subpath      string
		DriverConfig *driverConfig
	}
	TmpfsOptions *struct {
		SizeBytes int64
		Mode      uint32
		Options   [][]string
	}
}

type endpoint struct {
	IPAMConfig *struct {
		IPv4Address, IPv6Address string
		LinkLocalIPs             []string
	}
	Links, Aliases                            []string
	NetworkID, EndpointID, Gateway, IPAddress string
	IPPrefixLen                               int
	IPv6Gateway, GlobalIPv6Address            string
	GlobalIPv6PrefixLen                       int
	MacAddress                                string
	DriverOpts                                map[string]string
	DNSNames                                  []string
	GwPriority                                int
}

type weight struct {
	Path   string
	Weight uint16
}

type rate struct {
	Path string
	Rate uint64
}

type resources struct {
	CpuShares, Memory, NanoCpus               int64
	CgroupParent                              string
	BlkioWeight                               uint16
	BlkioWeightDevice                         []*weight
	BlkioDeviceReadBps, BlkioDeviceWriteBps   []*rate
	BlkioDeviceReadIOps, BlkioDeviceWriteIOps []*rate
	CpuPeriod, CpuQuota                       int64
	CpuRealtimePeriod, CpuRealtimeRuntime     int64
	CpusetCpus, CpusetMems                    string
	Devices                                   []struct{ PathOnHost, PathInContainer, CgroupPermissions string }
	DeviceCgroupRules                         []string
	DeviceRequests                            []struct {
		Driver       string
		Count        int
		DeviceIDs    []string
		Capabilities [][]string
		Options      map[string]string
	}
	KernelMemory, KernelMemoryTCP, MemoryReservation, MemorySwap int64
	MemorySwappiness                                             *int64
	OomKillDisable                                               *bool
	PidsLimit                                                    *int64
	Ulimits                                                      []*struct {
		Name       string
		Hard, Soft int64
	}
	CpuCount, CpuPercent              int64
	IOMaximumIOps, IOMaximumBandwidth uint64
}

type restart struct {
	Name              string
	MaximumRetryCount int
}

type hostConfig struct {
	Binds           []string
	ContainerIDFile string
	LogConfig       struct {
		Type   string
		Config map[string]string
	}
	NetworkMode                                      string
	PortBindings                                     map[string][]struct{ HostIp, HostPort string }
	RestartPolicy                                    restart
	AutoRemove                                       bool
	VolumeDriver                                     string
	VolumesFrom                                      []string
	ConsoleSize                                      [2]uint
	Annotations                                      map[string]string
	CapAdd                                           []string
	CapDrop                                          []string
	Capabilities                                     []string
	CgroupnsMode                                     string
	Dns, DnsOptions, DnsSearch, ExtraHosts, GroupAdd []string
	IpcMode, Cgroup                                  string
	Links                                            []string
	OomScoreAdj                                      int
	PidMode                                          string
	Privileged, PublishAllPorts, ReadonlyRootfs      bool
	SecurityOpt                                      []string
	StorageOpt, Tmpfs                                map[string]string
	UTSMode, UsernsMode                              string
	ShmSize                                          int64
	Sysctls                                          map[string]string
	Runtime, Isolation                               string
	Mounts                                           []mount
	MaskedPaths, ReadonlyPaths                       []string
	Init                                             *bool
}

type create struct {
	Hostname, Domainname, User              string
	AttachStdin, AttachStdout, AttachStderr bool
	ExposedPorts                            map[string]struct{}
	Tty, OpenStdin, StdinOnce               bool
	Env                                     []string
	Cmd                                     StrSlice
	Healthcheck                             *health
	ArgsEscaped                             bool
	Image                                   string
	Volumes                                 map[string]struct{}
	WorkingDir                              string
	Entrypoint                              StrSlice
	NetworkDisabled                         bool
	MacAddress                              string
	OnBuild                                 []string
	Labels                                  map[string]string
	StopSignal                              string
	StopTimeout                             *int
	Shell                                   StrSlice
	HostConfig                              *hostRead
	NetworkingConfig                        *struct{ EndpointsConfig map[string]*endpoint }
}

// hostRead reads the two halves of the host's side one after the other; the engine embeds one in the other.
type hostRead struct {
	Host hostConfig
	Res  resources
}

func (h *hostRead) UnmarshalJSON(b []byte) error {
	if err := json.Unmarshal(b, &h.Host); err != nil {
		return err
	}
	return json.Unmarshal(b, &h.Res)
}

type update struct {
	Res           resources
	RestartPolicy restart
}

func (u *update) UnmarshalJSON(b []byte) error {
	if err := json.Unmarshal(b, &u.Res); err != nil {
		return err
	}
	var r struct{ RestartPolicy restart }
	if err := json.Unmarshal(b, &r); err != nil {
		return err
	}
	u.RestartPolicy = r.RestartPolicy
	return nil
}

type exec struct {
	User                                    string
	Privileged, Tty                         bool
	ConsoleSize                             *[2]uint
	AttachStdin, AttachStderr, AttachStdout bool
	Detach                                  bool
	DetachKeys                              string
	Env                                     []string
	WorkingDir                              string
	Cmd                                     []string
}

type execStart struct {
	Detach, Tty bool
	ConsoleSize *[2]uint
}

type connect struct {
	Container      string
	EndpointConfig *endpoint
}

type disconnect struct {
	Container string
	Force     bool
}

type volume struct {
	Name, Driver       string
	DriverOpts, Labels map[string]string
	ClusterVolumeSpec  *struct{ Group string }
}

type network struct {
	Name, Driver, Scope string
	CheckDuplicate      bool
	EnableIPv4          *bool
	EnableIPv6          *bool
	IPAM                *struct {
		Driver  string
		Options map[string]string
		Config  []struct {
			Subnet, IPRange, Gateway string
			AuxiliaryAddresses       map[string]string
		}
	}
	Internal, Attachable, Ingress, ConfigOnly bool
	ConfigFrom                                *struct{ Network string }
	Options, Labels                           map[string]string
}

type attachment struct {
	Target     string
	Aliases    []string
	DriverOpts map[string]string
}

type roll struct {
	Parallelism     uint64
	Delay, Monitor  int64
	FailureAction   string
	MaxFailureRatio float32
	Order           string
}

type service struct {
	Name         string
	Labels       map[string]string
	TaskTemplate struct {
		PluginSpec    *none
		ContainerSpec *struct {
			Image         string
			Labels        map[string]string
			Command, Args []string
			Hostname      string
			Env           []string
			Dir, User     string
			Groups        []string
			Privileges    *struct {
				CredentialSpec, SELinuxContext, Seccomp, AppArmor *none
				NoNewPrivileges                                   bool
			}
			Init                          *bool
			TTY, OpenStdin, ReadOnly      bool
			Mounts                        []mount
			StopGracePeriod               *int64
			Healthcheck                   *health
			Hosts                         []string
			Sysctls                       map[string]string
			CapabilityAdd, CapabilityDrop []string
			OomScoreAdj                   int64
		}
		Resources *struct {
			Limits *struct{ NanoCPUs, MemoryBytes, Pids int64 }
		}
		RestartPolicy *struct {
			Condition     string
			Delay, Window *int64
			MaxAttempts   *uint64
		}
		Networks    []attachment
		LogDriver   *driverConfig
		ForceUpdate uint64
		Runtime     string
	}
	Mode struct {
		Replicated *struct{ Replicas *uint64 }
		Global     *none
	}
	UpdateConfig, RollbackConfig *roll
	Networks                     []attachment
	EndpointSpec                 *struct {
		Mode  string
		Ports []struct {
			Name, Protocol, PublishMode string
			TargetPort, PublishedPort   uint32
		}
	}
}

type secret struct {
	Name               string
	Labels             map[string]string
	Data               []byte
	Driver, Templating *none
}

func fresh(kind string) interface{} {
	switch kind {
	case "create":
		return new(create)
	case "update":
		return new(update)
	case "exec":
		return new(exec)
	case "start":
		return new(execStart)
	case "connect":
		return new(connect)
	case "disconnect":
		return new(disconnect)
	case "volume":
		return new(volume)
	case "network":
		return new(network)
	case "service":
		return new(service)
	case "secret":
		return new(secret)
	}
	panic("no kind " + kind)
}

func read(in io.Reader) ([]byte, error) {
	var n uint32
	if err := binary.Read(in, binary.BigEndian, &n); err != nil {
		return nil, err
	}
	b := make([]byte, n)
	_, err := io.ReadFull(in, b)
	return b, err
}

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for {
		kind, err := read(in)
		if err != nil {
			return
		}
		body, _ := read(in)
		form, _ := read(in)
		before, after := fresh(string(kind)), fresh(string(kind))
		err = json.NewDecoder(bytes.NewReader(body)).Decode(before)
		errAfter := json.NewDecoder(bytes.NewReader(form)).Decode(after)
		switch {
		case err != nil:
			fmt.Fprintln(out, "refused")
		case errAfter == nil && reflect.DeepEqual(before, after):
			fmt.Fprintln(out, "same")
		default:
			fmt.Fprintf(out, "differs %v %q %q\n", errAfter, fmt.Sprintf("%+v", before), fmt.Sprintf("%+v", after))
		}
	}
}

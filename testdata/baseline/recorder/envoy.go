package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	bootstrapv3 "github.com/envoyproxy/go-control-plane/envoy/config/bootstrap/v3"
	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpointv3 "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	luav3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/lua/v3"
	routerv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/router/v3"
	proxyv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/listener/proxy_protocol/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
)

const (
	echoCluster = "echo"
	answerLimit = 20 * time.Second
	startLimit  = 60 * time.Second
)

// envoy is one process that runs all the chains of a mesh, each behind a socket of its own.
type envoy struct {
	folder  string
	process *exec.Cmd
	ended   chan error
	log     bytes.Buffer
}

// origin is the other end of a connection, as the proxy comes to know it.
type origin struct {
	address    netip.Addr
	local      netip.AddrPort // where the connection arrives
	identity   string
	serverName string
	tunnel     bool // the proxy's socket has no address
}

func startEnvoy(program string, chains []*chain) (*envoy, error) {
	folder, err := os.MkdirTemp("", "recorder-")
	if err != nil {
		return nil, err
	}
	e := &envoy{folder: folder, ended: make(chan error, 1)}
	config, err := proto.Marshal(e.bootstrap(chains))
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, "envoy.pb"), config, 0o600)
	}
	if err != nil {
		return nil, err
	}
	e.process = exec.Command(program, "-c", filepath.Join(folder, "envoy.pb"), "--concurrency", "1", "-l", "error", "--use-dynamic-base-id")
	e.process.Stdout, e.process.Stderr = &e.log, &e.log
	e.process.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := e.process.Start(); err != nil {
		return nil, err
	}
	go func() { e.ended <- e.process.Wait() }()
	return e, e.await()
}

// await waits for the last listener, which is the echo.
func (e *envoy) await() error {
	for deadline := time.Now().Add(startLimit); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if connection, err := net.Dial("unix", e.socket(echoCluster)); err == nil {
			return connection.Close()
		}
		select {
		case <-e.ended:
			e.ended <- nil
			text := e.log.String()
			e.stop()
			return fmt.Errorf("Envoy refuses the configuration: %s", text[max(0, len(text)-800):])
		default:
		}
	}
	e.stop()
	return fmt.Errorf("Envoy does not start")
}

func (e *envoy) stop() {
	_ = e.process.Process.Kill()
	<-e.ended
	_ = os.RemoveAll(e.folder)
}

func (e *envoy) socket(name string) string { return filepath.Join(e.folder, name) }

func (e *envoy) bootstrap(chains []*chain) *bootstrapv3.Bootstrap {
	var listeners []*listenerv3.Listener
	for number, one := range chains {
		one.socket = e.socket(strconv.Itoa(number))
		listeners = append(listeners, &listenerv3.Listener{
			Name: strconv.Itoa(number), Address: pipe(one.socket), ListenerFilters: []*listenerv3.ListenerFilter{proxyProtocol()},
			FilterChains: []*listenerv3.FilterChain{{Filters: one.filters}},
		})
	}
	listeners = append(listeners, &listenerv3.Listener{
		Name: echoCluster, Address: pipe(e.socket(echoCluster)),
		FilterChains: []*listenerv3.FilterChain{{Filters: []*listenerv3.Filter{packed("http", echo())}}},
	})
	cluster := &clusterv3.Cluster{Name: echoCluster, LoadAssignment: &endpointv3.ClusterLoadAssignment{
		ClusterName: echoCluster,
		Endpoints: []*endpointv3.LocalityLbEndpoints{{LbEndpoints: []*endpointv3.LbEndpoint{{
			HostIdentifier: &endpointv3.LbEndpoint_Endpoint{Endpoint: &endpointv3.Endpoint{Address: pipe(e.socket(echoCluster))}},
		}}}},
	}}
	return &bootstrapv3.Bootstrap{
		StaticResources: &bootstrapv3.Bootstrap_StaticResources{Listeners: listeners, Clusters: []*clusterv3.Cluster{cluster}},
		LayeredRuntime: &bootstrapv3.LayeredRuntime{Layers: []*bootstrapv3.RuntimeLayer{{
			Name: "istio", LayerSpecifier: &bootstrapv3.RuntimeLayer_StaticLayer{StaticLayer: istioRuntime()},
		}}},
	}
}

// istioRuntime is what Istio's bootstrap sets on every proxy (istio/istio pkg/bootstrap/config.go).
func istioRuntime() *structpb.Struct {
	return &structpb.Struct{Fields: map[string]*structpb.Value{
		"re2.max_program_size.error_level":                         structpb.NewStringValue("32768"),
		"envoy.reloadable_features.http_reject_path_with_fragment": structpb.NewBoolValue(false),
		"envoy.restart_features.use_cached_grpc_client_for_xds":    structpb.NewBoolValue(true),
		"envoy.reloadable_features.fixed_heap_use_allocated":       structpb.NewBoolValue(true),
		"overload.global_downstream_max_connections":               structpb.NewStringValue("10000"),
	}}
}

func pipe(path string) *corev3.Address {
	return &corev3.Address{Address: &corev3.Address_Pipe{Pipe: &corev3.Pipe{Path: path}}}
}

func proxyProtocol() *listenerv3.ListenerFilter {
	rule := func(tlv uint32, name string) *proxyv3.ProxyProtocol_Rule {
		return &proxyv3.ProxyProtocol_Rule{TlvType: tlv, OnTlvPresent: &proxyv3.ProxyProtocol_KeyValuePair{Key: name}}
	}
	config := &proxyv3.ProxyProtocol{Rules: []*proxyv3.ProxyProtocol_Rule{
		rule(tlvIdentity, "identity"), rule(tlvServerName, "server-name"), rule(tlvSource, "source"),
	}}
	return &listenerv3.ListenerFilter{Name: "proxy", ConfigType: &listenerv3.ListenerFilter_TypedConfig{TypedConfig: pack(config)}}
}

// echo answers with the request it got.
func echo() *hcmv3.HttpConnectionManager {
	const script = `function envoy_on_request(handle)
  local lines = {}
  for name, value in pairs(handle:headers()) do lines[#lines + 1] = name .. "\t" .. value end
  handle:respond({[":status"] = "200", ["` + headerEcho + `"] = table.concat(lines, "\t")}, "")
end`
	lua := &luav3.Lua{DefaultSourceCode: &corev3.DataSource{Specifier: &corev3.DataSource_InlineString{InlineString: script}}}
	filter := func(name string, config proto.Message) *hcmv3.HttpFilter {
		return &hcmv3.HttpFilter{Name: name, ConfigType: &hcmv3.HttpFilter_TypedConfig{TypedConfig: pack(config)}}
	}
	return &hcmv3.HttpConnectionManager{
		StatPrefix: "echo", HttpFilters: []*hcmv3.HttpFilter{filter("lua", lua), filter("router", &routerv3.Router{})},
		ForwardClientCertDetails: hcmv3.HttpConnectionManager_ALWAYS_FORWARD_ONLY,
		RouteSpecifier:           &hcmv3.HttpConnectionManager_RouteConfig{RouteConfig: &routev3.RouteConfiguration{}},
	}
}

// reply is what an Envoy says to a request.
type reply struct {
	status   int
	route    int // the number of the route; -1: none
	location string
	body     string
	arrived  *httpRequest // what it would have sent on; nil if it answered itself
}

// ask puts a request to a chain.
func (e *envoy) ask(one *chain, from origin, request *httpRequest, choice int) (reply, error) {
	connection, err := e.dial(one, from)
	if err != nil {
		return reply{}, err
	}
	defer connection.Close()
	text := fmt.Sprintf("%s %s HTTP/1.1\r\nhost: %s\r\n", request.Method, request.Path, request.Host)
	for _, header := range request.Headers {
		text += fmt.Sprintf("%s: %s\r\n", header[0], header[1])
	}
	if from.serverName != "" {
		text += fmt.Sprintf("%s: %s\r\n", headerServerName, from.serverName)
	}
	text += fmt.Sprintf("%s: %d\r\n\r\n", headerChoice, choice)
	if _, err := connection.Write([]byte(text)); err != nil {
		return reply{}, err
	}
	response, err := http.ReadResponse(bufio.NewReader(connection), &http.Request{Method: request.Method})
	if err != nil {
		return reply{}, fmt.Errorf("%s %s: %w", request.Method, request.Path, err)
	}
	defer response.Body.Close()
	answer := reply{status: response.StatusCode, route: -1, location: response.Header.Get("location")}
	if number, err := strconv.Atoi(response.Header.Get(headerRoute)); err == nil {
		answer.route = number
	}
	if lines := response.Header.Get(headerEcho); lines != "" {
		answer.arrived = arrived(lines)
	}
	var body bytes.Buffer
	_, err = body.ReadFrom(response.Body)
	answer.body = body.String()
	return answer, err
}

// connects says whether a chain for TCP takes a connection.
func (e *envoy) connects(one *chain, from origin) (bool, error) {
	connection, err := e.dial(one, from)
	if err != nil {
		return false, err
	}
	defer connection.Close()
	if _, err := connection.Write([]byte("x")); err != nil {
		return false, nil
	}
	count, _ := connection.Read(make([]byte, 1))
	return count == 1, nil
}

func (e *envoy) dial(one *chain, from origin) (net.Conn, error) {
	if one.ignored != "" {
		return nil, fmt.Errorf("filter %s is not judged", one.ignored)
	}
	connection, err := net.Dial("unix", one.socket)
	if err != nil {
		return nil, err
	}
	if err := connection.SetDeadline(time.Now().Add(answerLimit)); err != nil {
		return nil, err
	}
	_, err = connection.Write(from.header())
	return connection, err
}

// header is the PROXY header, version 2.
func (from origin) header() []byte {
	source, local := from.address.As4(), from.local.Addr().As4()
	body := append(source[:], local[:]...)
	body = binary.BigEndian.AppendUint16(body, 40000)
	body = binary.BigEndian.AppendUint16(body, from.local.Port())
	add := func(tlv byte, value string) {
		body = append(body, tlv)
		body = binary.BigEndian.AppendUint16(body, uint16(len(value)))
		body = append(body, value...)
	}
	if from.identity != "" {
		add(tlvIdentity, from.identity)
	}
	if from.serverName != "" {
		add(tlvServerName, from.serverName)
	}
	if !from.tunnel {
		add(tlvSource, from.address.String())
	}
	header := append([]byte("\r\n\r\n\x00\r\nQUIT\n"), 0x21, 0x11)
	header = binary.BigEndian.AppendUint16(header, uint16(len(body)))
	return append(header, body...)
}

// added are the headers that proxies and the recorder put in.
func added(name string) bool {
	switch name {
	case "x-forwarded-proto", "x-request-id", "x-forwarded-client-cert", "content-length", "transfer-encoding":
		return true
	}
	return strings.HasPrefix(name, ":") || strings.HasPrefix(name, "x-envoy-") || strings.HasPrefix(name, "x-recorder-")
}

func arrived(lines string) *httpRequest {
	request := &httpRequest{}
	parts := strings.Split(lines, "\t")
	for i := 0; i+1 < len(parts); i += 2 {
		switch name, value := parts[i], parts[i+1]; {
		case name == ":method":
			request.Method = value
		case name == ":path":
			request.Path = value
		case name == ":authority":
			request.Host = value
		case !added(name):
			request.Headers = append(request.Headers, [2]string{name, value})
		}
	}
	return request
}

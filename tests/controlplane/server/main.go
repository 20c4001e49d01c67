// A Kubernetes control plane without nodes, in one process on loopback: etcd, the API server, and the controllers that turn
// workloads into pods. It exists so that drivers are tested on the real thing.
//
// Usage: controlplane DIR. All state lies below DIR. DIR/kubeconfig appears, whole, once the server is ready and its controllers
// run; the user in it may do everything. The process ends when its standard input closes, so that it never outlives a test run.
package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/etcd/server/v3/embed"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/client-go/util/flowcontrol"
	"k8s.io/component-base/logs"
	"k8s.io/controller-manager/pkg/informerfactory"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
	"k8s.io/kubernetes/pkg/controller/daemon"
	"k8s.io/kubernetes/pkg/controller/deployment"
	"k8s.io/kubernetes/pkg/controller/endpointslice"
	"k8s.io/kubernetes/pkg/controller/garbagecollector"
	"k8s.io/kubernetes/pkg/controller/namespace"
	"k8s.io/kubernetes/pkg/controller/replicaset"
	"k8s.io/kubernetes/pkg/controller/serviceaccount"
	"k8s.io/kubernetes/pkg/controller/statefulset"
)

const (
	readyWithin = 2 * time.Minute
	workers     = 2
)

const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules: [{level: Metadata}]
`

func main() {
	if len(os.Args) != 2 {
		fail("usage", fmt.Errorf("%s DIR", os.Args[0]))
	}
	go exitWithParent()
	dir, err := filepath.Abs(os.Args[1])
	fail("folder", err)
	fail("folder", os.MkdirAll(dir, 0o700))
	config := serveAPI(dir, startEtcd(dir))
	awaitReady(config)
	runControllers(context.Background(), config)
	fail("kubeconfig", writeKubeconfig(filepath.Join(dir, "kubeconfig"), config))
	select {}
}

// The API server takes half a minute to end in order; nothing here is worth that.
func exitWithParent() {
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}

func fail(what string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "controlplane: %s: %v\n", what, err)
		os.Exit(1)
	}
}

func freePort() int {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	fail("port", err)
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

func startEtcd(dir string) string {
	client := url.URL{Scheme: "http", Host: fmt.Sprintf("127.0.0.1:%d", freePort())}
	peer := url.URL{Scheme: "http", Host: fmt.Sprintf("127.0.0.1:%d", freePort())}
	config := embed.NewConfig()
	config.Dir = filepath.Join(dir, "etcd")
	config.LogLevel = "error"
	config.UnsafeNoFsync = true // a test's data need not survive a power cut
	config.ListenClientUrls, config.AdvertiseClientUrls = []url.URL{client}, []url.URL{client}
	config.ListenPeerUrls, config.AdvertisePeerUrls = []url.URL{peer}, []url.URL{peer}
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	server, err := embed.StartEtcd(config)
	fail("etcd", err)
	<-server.Server.ReadyNotify()
	return client.String()
}

func serveAPI(dir, etcd string) *rest.Config {
	token := make([]byte, 16)
	_, err := rand.Read(token)
	fail("token", err)
	bearer := hex.EncodeToString(token)
	tokens, key, audit := filepath.Join(dir, "tokens.csv"), filepath.Join(dir, "service-accounts.pem"), filepath.Join(dir, "audit.yaml")
	fail("tokens", os.WriteFile(tokens, []byte(bearer+",admin,admin,system:masters\n"), 0o600))
	fail("audit policy", os.WriteFile(audit, []byte(auditPolicy), 0o600))
	fail("key", writeKey(key))
	port := freePort()
	logs.InitLogs()
	command := app.NewAPIServerCommand()
	command.SetArgs([]string{
		"--etcd-servers=" + etcd,
		"--bind-address=127.0.0.1",
		"--advertise-address=127.0.0.1",
		fmt.Sprintf("--secure-port=%d", port),
		"--endpoint-reconciler-type=none",
		"--service-cluster-ip-range=10.0.0.0/24",
		"--cert-dir=" + filepath.Join(dir, "certificates"),
		"--token-auth-file=" + tokens,
		"--authorization-mode=RBAC",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + key,
		"--service-account-signing-key-file=" + key,
		"--audit-policy-file=" + audit,
		"--audit-log-path=" + filepath.Join(dir, "audit.log"),
	})
	go func() { fail("apiserver", command.Execute()) }()
	return &rest.Config{
		Host:            fmt.Sprintf("https://127.0.0.1:%d", port),
		BearerToken:     bearer,
		QPS:             500,
		Burst:           1000,
		TLSClientConfig: rest.TLSClientConfig{CAFile: filepath.Join(dir, "certificates", "apiserver.crt")},
	}
}

func writeKey(path string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), 0o600)
}

// A client can only be made once the server has written the certificate that it is to trust.
func awaitReady(config *rest.Config) {
	for deadline := time.Now().Add(readyWithin); ; time.Sleep(50 * time.Millisecond) {
		client, err := kubernetes.NewForConfig(config)
		if err == nil {
			err = client.RESTClient().Get().AbsPath("/readyz").Do(context.Background()).Error()
		}
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			fail("apiserver is not ready", err)
		}
	}
}

func runControllers(ctx context.Context, config *rest.Config) {
	client := kubernetes.NewForConfigOrDie(config)
	meta := metadata.NewForConfigOrDie(config)
	shared := informers.NewSharedInformerFactory(client, 0)
	apps, core := shared.Apps().V1(), shared.Core().V1()

	deployments, err := deployment.NewDeploymentController(ctx, apps.Deployments(), apps.ReplicaSets(), core.Pods(), client)
	fail("deployments", err)
	replicas := replicaset.NewReplicaSetController(ctx, apps.ReplicaSets(), core.Pods(), client, replicaset.BurstReplicas)
	stateful := statefulset.NewStatefulSetController(
		ctx, core.Pods(), apps.StatefulSets(), core.PersistentVolumeClaims(), apps.ControllerRevisions(), client)
	daemons, err := daemon.NewDaemonSetsController(
		ctx, apps.DaemonSets(), apps.ControllerRevisions(), core.Pods(), core.Nodes(), client,
		flowcontrol.NewBackOff(time.Second, time.Minute))
	fail("daemonsets", err)
	slices := endpointslice.NewController(
		ctx, core.Pods(), core.Services(), core.Nodes(), shared.Discovery().V1().EndpointSlices(), 100, client, 0)
	accounts, err := serviceaccount.NewServiceAccountsController(
		klog.FromContext(ctx), core.ServiceAccounts(), core.Namespaces(), client, serviceaccount.DefaultServiceAccountsControllerOptions())
	fail("service accounts", err)
	namespaces := namespace.NewNamespaceController(
		ctx, client, meta, client.Discovery().ServerPreferredNamespacedResources, core.Namespaces(), 0, "kubernetes")
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(client.Discovery()))
	started := make(chan struct{})
	garbage, err := garbagecollector.NewGarbageCollector(
		ctx, client, meta, mapper, map[schema.GroupResource]struct{}{{Resource: "events"}: {}},
		informerfactory.NewInformerFactory(shared, metadatainformer.NewSharedInformerFactory(meta, 0)), started)
	fail("garbage collector", err)

	shared.Start(ctx.Done())
	close(started)
	for _, run := range []func(context.Context, int){
		deployments.Run, replicas.Run, stateful.Run, daemons.Run, slices.Run, accounts.Run, namespaces.Run,
	} {
		go run(ctx, workers)
	}
	go garbage.Run(ctx, workers, readyWithin)
	go garbage.Sync(ctx, client.Discovery(), 5*time.Second)
	shared.WaitForCacheSync(ctx.Done())
}

func writeKubeconfig(path string, config *rest.Config) error {
	const name = "controlplane"
	kubeconfig := clientcmdapi.NewConfig()
	kubeconfig.Clusters[name] = &clientcmdapi.Cluster{Server: config.Host, CertificateAuthority: config.CAFile}
	kubeconfig.AuthInfos[name] = &clientcmdapi.AuthInfo{Token: config.BearerToken}
	kubeconfig.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: name}
	kubeconfig.CurrentContext = name
	if err := clientcmd.WriteToFile(*kubeconfig, path+".part"); err != nil {
		return err
	}
	return os.Rename(path+".part", path)
}

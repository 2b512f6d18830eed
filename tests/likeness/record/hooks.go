package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"time"
)

// Where the recorded answers say the hooks are, and who vouches for them there.
const hooksPlace, hooksKey = "https://hooks.test", "Q0E="

// The webhooks of the sessions: the last piece of a path says what each does. The replay has the same by itself.
type hooks struct {
	address string
	key     string
}

func startHooks() (*hooks, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	wanted := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "hooks"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	bytes, err := x509.CreateCertificate(rand.Reader, wanted, wanted, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{bytes}, PrivateKey: key}},
	})
	if err != nil {
		return nil, err
	}
	go http.Serve(listener, http.HandlerFunc(hook))
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: bytes})
	return &hooks{"https://" + listener.Addr().String(), base64.StdEncoding.EncodeToString(text)}, nil
}

func hook(answer http.ResponseWriter, request *http.Request) {
	body, _ := io.ReadAll(request.Body)
	var review struct {
		APIVersion string `json:"apiVersion"`
		Request    struct {
			UID string `json:"uid"`
		} `json:"request"`
	}
	_ = json.Unmarshal(body, &review)
	response := map[string]any{"uid": review.Request.UID, "allowed": true}
	switch request.URL.Path {
	case "/deny":
		response["allowed"] = false
		response["status"] = map[string]any{"message": "not on my watch", "code": 403, "reason": "Forbidden"}
	case "/deny-reason":
		response["allowed"] = false
		response["status"] = map[string]any{"reason": "Invalid"}
	case "/deny-plain":
		response["allowed"] = false
	case "/label":
		patch := `[{"op":"add","path":"/metadata/labels/hooked","value":"yes"}]`
		response["patchType"], response["patch"] = "JSONPatch", base64.StdEncoding.EncodeToString([]byte(patch))
	case "/bad-patch":
		patch := `[{"op":"remove","path":"/metadata/labels/nothing"}]`
		response["patchType"], response["patch"] = "JSONPatch", base64.StdEncoding.EncodeToString([]byte(patch))
	case "/warn":
		response["warnings"] = []string{"think twice", "and once more"}
	case "/other":
		response["uid"] = "another"
	case "/error":
		http.Error(answer, "boom", http.StatusInternalServerError)
		return
	case "/missing":
		http.Error(answer, "nothing here", http.StatusNotFound)
		return
	case "/garbage":
		io.WriteString(answer, "nonsense")
		return
	case "/empty":
		json.NewEncoder(answer).Encode(map[string]any{"apiVersion": review.APIVersion, "kind": "AdmissionReview"})
		return
	case "/slow":
		time.Sleep(3 * time.Second)
	}
	answer.Header().Set("Content-Type", "application/json")
	json.NewEncoder(answer).Encode(map[string]any{"apiVersion": review.APIVersion, "kind": "AdmissionReview", "response": response})
}

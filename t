x\x1b[31m\xff\u202ey.crt:$
Certificate:$
    Data:$
        Version: 3 (0x2)$
        Serial Number:$
            15:03:2c:bb:34:6b:c6:cf:5c:2f:a9:1b:bb:fe:40:c2:f7:71:40:d8$
        Signature Algorithm: ecdsa-with-SHA256$
        Issuer: CN = a\1B[31mb, O = \u202eevil$
        Validity$
            Not Before: Nov 25 17:54:32 2026 GMT$
            Not After : Dec 25 17:54:32 2026 GMT$
        Subject: CN = a\1B[31mb, O = \u202eevil$
        Subject Public Key Info:$
            Public Key Algorithm: id-ecPublicKey$
                Public-Key: (256 bit)$
                pub:$
                    04:8b:0d:54:b2:f1:4b:ee:d5:e9:31:44:91:55:1a:$
                    50:ec:91:31:4d:65:2b:4e:6a:bd:e1:ea:ba:bc:96:$
                    9b:24:b6:42:4e:65:95:e2:62:d6:0d:1a:15:14:82:$
                    42:7e:f7:a5:ad:0a:6e:14:35:d0:46:d9:1c:bb:99:$
                    4f:ae:16:cd:75$
                ASN1 OID: prime256v1$
                NIST CURVE: P-256$
        X509v3 extensions:$
            X509v3 Subject Key Identifier:$
                7A:4B:B3:9E:C4:86:2B:19:0F:5C:BA:4B:F4:56:69:34:4E:4A:98:49$
            X509v3 Authority Key Identifier:$
                7A:4B:B3:9E:C4:86:2B:19:0F:5C:BA:4B:F4:56:69:34:4E:4A:98:49$
            X509v3 Basic Constraints: critical$
                CA:FALSE$
            X509v3 Subject Alternative Name:$
                DNS:a\x0a    Issuer: CN=forged\x1b[31m$
            Netscape Comment:$
                hello\x1b[32m$
    Signature Algorithm: ecdsa-with-SHA256$
    Signature Value:$
        30:45:02:21:00:ef:47:f7:94:bb:06:61:54:3f:ac:cc:f4:ef:$
        e3:56:c3:cd:43:e3:7c:04:b9:3a:06:7f:01:47:37:b1:aa:f7:$
        f6:02:20:51:8c:67:c9:37:b8:cd:c1:1b:f7:72:73:49:68:a3:$
        29:18:dc:94:ab:4d:57:9f:6c:a1:4a:13:94:d1:8a:9c:fd$

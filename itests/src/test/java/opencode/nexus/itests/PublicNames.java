package opencode.nexus.itests;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/**
 * The way to public names for a JVM that is told so: a proxy for https on loopback, which speaks TLS with a certificate of its
 * own and passes on what it hears to one port of this machine.
 */
final class PublicNames implements AutoCloseable {
    private static final String WORD = "for-this-test";

    private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final Path keys;
    private final SSLSocketFactory tls;
    private final Supplier<Integer> port;
    private volatile boolean passes = true;

    /**
     * A proxy that passes everything on.
     *
     * @param names of the certificate, as {@code dns:*.example.org}
     * @param port asked for each connection
     */
    PublicNames(Path directory, List<String> names, Supplier<Integer> port)
            throws IOException, GeneralSecurityException, InterruptedException {
        keys = directory.resolve("public-names.p12");
        this.port = port;
        tls = context(keys, names).getSocketFactory();
        thread(this::accept);
    }

    /** Whether the way is there, from now on. */
    void passes(boolean does) {
        passes = does;
        if (!does) {
            open.forEach(PublicNames::hangUp);
        }
    }

    /** For the JVM that is to go this way. */
    List<String> options() {
        return List.of(
                "-Dhttps.proxyHost=127.0.0.1",
                "-Dhttps.proxyPort=" + listener.getLocalPort(),
                "-Djavax.net.ssl.trustStore=" + keys,
                "-Djavax.net.ssl.trustStorePassword=" + WORD);
    }

    @Override
    public void close() throws IOException {
        listener.close();
        open.forEach(PublicNames::hangUp);
    }

    private static SSLContext context(Path keys, List<String> names)
            throws IOException, GeneralSecurityException, InterruptedException {
        Process made = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "edge",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=edge",
                        "-ext",
                        "san=" + String.join(",", names),
                        "-validity",
                        "2",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        keys.toString(),
                        "-storepass",
                        WORD)
                .redirectErrorStream(true)
                .start();
        String said = new String(made.getInputStream().readAllBytes(), ISO_8859_1);
        if (!made.waitFor(60, TimeUnit.SECONDS) || made.exitValue() != 0) {
            throw new IOException("no certificate: " + said);
        }
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(keys)) {
            store.load(in, WORD.toCharArray());
        }
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(store, WORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        return context;
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket visitor = listener.accept();
                thread(() -> serve(visitor));
            } catch (IOException e) {
                // One fewer, or the end.
                continue;
            }
        }
    }

    private void serve(Socket visitor) {
        open.add(visitor);
        try (visitor) {
            String asked = head(visitor.getInputStream());
            boolean answers = passes && asked.startsWith("CONNECT ");
            visitor.getOutputStream()
                    .write(("HTTP/1.1 " + (answers ? "200 Connected" : "502 Bad Gateway") + "\r\n\r\n")
                            .getBytes(ISO_8859_1));
            if (!answers) {
                return;
            }
            SSLSocket inside = (SSLSocket) tls.createSocket(visitor, null, true);
            try (inside;
                    Socket target = new Socket(InetAddress.getLoopbackAddress(), port.get())) {
                open.add(target);
                thread(() -> pass(inside, target));
                pass(target, inside);
                open.remove(target);
            }
        } catch (IOException e) {
            // Whoever waits for an answer gets none, as on any bad way.
            hangUp(visitor);
        } finally {
            open.remove(visitor);
        }
    }

    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        for (int next = in.read(); next >= 0 && head.length() < 8_192; next = in.read()) {
            head.append((char) next);
            if (head.toString().endsWith("\r\n\r\n")) {
                return head.toString();
            }
        }
        throw new IOException("no request");
    }

    private static void pass(Socket from, Socket to) {
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] buffer = new byte[8_192];
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                out.write(buffer, 0, count);
                out.flush();
            }
        } catch (IOException e) {
            hangUp(from);
        }
        hangUp(to);
    }

    private static void hangUp(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static void thread(Runnable task) {
        Thread thread = new Thread(task, "public-names");
        thread.setDaemon(true);
        thread.start();
    }
}

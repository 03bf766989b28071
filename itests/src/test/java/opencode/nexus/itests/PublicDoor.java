package opencode.nexus.itests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import opencode.nexus.testkit.cloudflared.StandInCloudflared;

/**
 * Stands where Cloudflare does: takes browsers by https at the public names and hands what they say to the stand-in for
 * cloudflared, whose tunnel may come and go meanwhile. No authority knows its certificate.
 */
final class PublicDoor implements AutoCloseable {
    private static final char[] WORD = "changeit".toCharArray();

    private final StandInCloudflared behind;
    private final SSLServerSocket listener;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "public-door");
        thread.setDaemon(true);
        return thread;
    });

    PublicDoor(StandInCloudflared behind, Path directory) throws Exception {
        this.behind = behind;
        listener = (SSLServerSocket) context(directory)
                .getServerSocketFactory()
                .createServerSocket(0, 100, InetAddress.getLoopbackAddress());
        threads.execute(this::accept);
    }

    /** A browser on some other machine: the public names lead it here, and nothing else leads it anywhere. */
    Chromium browser(String... names) {
        StringBuilder rules = new StringBuilder("--host-resolver-rules=");
        for (String name : names) {
            rules.append("MAP ")
                    .append(name)
                    .append(" 127.0.0.1:")
                    .append(listener.getLocalPort())
                    .append(", ");
        }
        return Chromium.start(rules.append("MAP * ~NOTFOUND").toString(), "--ignore-certificate-errors");
    }

    private static SSLContext context(Path directory) throws Exception {
        Path keys = directory.resolve("public-door.p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "door",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=public-door",
                        "-keystore",
                        keys.toString(),
                        "-storepass",
                        new String(WORD))
                .redirectErrorStream(true)
                .start();
        String said = new String(keytool.getInputStream().readAllBytes());
        assertThat(keytool.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(keytool.exitValue()).as(said).isZero();
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(keys)) {
            store.load(in, WORD);
        }
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(store, WORD);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        return context;
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket browser = listener.accept();
                threads.execute(() -> carry(browser));
            } catch (IOException e) {
                if (!listener.isClosed()) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    private void carry(Socket browser) {
        open.add(browser);
        try (browser;
                Socket tunnel = new Socket(
                        InetAddress.getLoopbackAddress(), behind.publicPort().orElseThrow())) {
            threads.execute(() -> pump(browser, tunnel));
            tunnel.getInputStream().transferTo(browser.getOutputStream());
        } catch (IOException e) {
            // The tunnel is closed, or one of both went away: the other one is told by the end of its connection.
        } finally {
            open.remove(browser);
        }
    }

    private static void pump(Socket browser, Socket tunnel) {
        try (tunnel) {
            browser.getInputStream().transferTo(tunnel.getOutputStream());
        } catch (IOException e) {
            // As above.
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket browser : open) {
            browser.close();
        }
        threads.shutdownNow();
    }
}

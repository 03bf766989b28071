package opencode.nexus.shell;

import static java.nio.file.attribute.PosixFilePermissions.asFileAttribute;
import static java.nio.file.attribute.PosixFilePermissions.fromString;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.RSAPublicKey;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the key that opens the console, at the first start and never again: {@code etc/console.key} (0600) and a line in
 * {@code etc/keys.properties}. There is no user and no password that opens it.
 */
@Component(immediate = true, service = ConsoleKey.class)
public final class ConsoleKey {
    private static final Logger LOG = LoggerFactory.getLogger(ConsoleKey.class);
    // RSA, because the console's login knows no Ed25519 and misreads most elliptic keys.
    private static final int BITS = 3072;
    private static final String USER = "nexus";
    private static final String GROUP = "_g_\\:nexusgroup = group,admin,manager,viewer,systembundles,ssh";

    private final Thread worker;

    @Activate
    public ConsoleKey(BundleContext context) {
        Path etc = Path.of(context.getProperty("karaf.etc"));
        worker = new Thread(() -> make(etc), "nexus-console-key");
        worker.setDaemon(true);
        worker.start();
    }

    @Deactivate
    void close() throws InterruptedException {
        worker.join(5_000);
    }

    private static void make(Path etc) {
        try {
            ensure(etc);
        } catch (IOException | GeneralSecurityException e) {
            LOG.warn("The console cannot be opened: its key could not be made in {} ({})", etc, e.getMessage());
        }
    }

    /** Makes the key unless it is there and its public half is listed. */
    static void ensure(Path etc) throws IOException, GeneralSecurityException {
        Path key = etc.resolve("console.key");
        Path list = etc.resolve("keys.properties");
        List<String> lines = Files.exists(list) ? Files.readAllLines(list) : List.of();
        if (Files.exists(key) && lines.stream().anyMatch(line -> line.startsWith(USER + " ="))) {
            return;
        }
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(BITS);
        KeyPair pair = generator.generateKeyPair();

        List<String> next = new ArrayList<>(lines);
        next.removeIf(line -> line.startsWith(USER + " =") || line.startsWith("_g_\\:nexusgroup"));
        next.add(USER + " = " + publicBlob((RSAPublicKey) pair.getPublic()) + ",_g_:nexusgroup");
        next.add(GROUP);
        // The list first: a private key without its line would never be made again.
        replace(list, String.join("\n", next) + "\n");
        replace(key, pem(pair));
        LOG.info("Made the key of the console");
    }

    private static String pem(KeyPair pair) {
        return "-----BEGIN PRIVATE KEY-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'})
                        .encodeToString(pair.getPrivate().getEncoded())
                + "\n-----END PRIVATE KEY-----\n";
    }

    /** The form in which SSH writes an RSA key: name, exponent and modulus, each with its length before it. */
    static String publicBlob(RSAPublicKey key) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            for (byte[] field : List.of(
                    "ssh-rsa".getBytes(StandardCharsets.US_ASCII),
                    key.getPublicExponent().toByteArray(),
                    key.getModulus().toByteArray())) {
                out.writeInt(field.length);
                out.write(field);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Base64.getEncoder().encodeToString(bytes.toByteArray());
    }

    private static void replace(Path file, String content) throws IOException {
        Path next = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(next);
        Files.createFile(next, asFileAttribute(fromString("rw-------")));
        Files.writeString(next, content);
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}

package opencode.nexus.itests;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Set;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import opencode.nexus.api.tunnel.TunnelListener;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;

/**
 * A bundle of a test: opens the listener of the tunnel while it is started, and writes the port and one question with both
 * halves of its answer, a line each, to the file that its manifest names.
 */
public final class TunnelOpener implements BundleActivator {
    private static final String HOST = "Test-Host";
    private static final String FILE = "Test-File";

    /** The bundle, as a file. */
    static void pack(Path jar, String host, Path told) throws IOException {
        Manifest manifest = new Manifest();
        Attributes attributes = manifest.getMainAttributes();
        attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        attributes.putValue("Bundle-ManifestVersion", "2");
        attributes.putValue("Bundle-SymbolicName", "tunnel-opener");
        attributes.putValue("Bundle-Activator", TunnelOpener.class.getName());
        attributes.putValue("Import-Package", "org.osgi.framework,opencode.nexus.api.tunnel");
        attributes.putValue(HOST, host);
        attributes.putValue(FILE, told.toString());
        String entry = TunnelOpener.class.getName().replace('.', '/') + ".class";
        try (OutputStream out = Files.newOutputStream(jar);
                JarOutputStream packed = new JarOutputStream(out, manifest)) {
            packed.putNextEntry(new JarEntry(entry));
            try (var in = TunnelOpener.class.getClassLoader().getResourceAsStream(entry)) {
                in.transferTo(packed);
            }
        }
    }

    @Override
    public void start(BundleContext context) throws IOException {
        TunnelListener listener = listener(context);
        int port = listener.open(0);
        listener.admit(Set.of(context.getBundle().getHeaders().get(HOST)));
        TunnelListener.Probe probe = listener.probe();
        Path told = Path.of(context.getBundle().getHeaders().get(FILE));
        Path draft = Files.write(
                told.resolveSibling("draft"),
                List.of(Integer.toString(port), probe.path(), probe.first(), probe.second()));
        Files.move(draft, told, StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    public void stop(BundleContext context) {
        listener(context).close();
    }

    private static TunnelListener listener(BundleContext context) {
        return context.getService(context.getServiceReference(TunnelListener.class));
    }
}

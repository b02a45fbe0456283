import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('directory', '0008_standards'),
        ('services', '0054_once'),
    ]

    operations = [
        migrations.AddField(
            model_name='venue',
            name='provider',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='directory.providerpage', verbose_name='provider'),
        ),
    ]
